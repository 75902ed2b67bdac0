// A quiet line over the inbox while a number does not send: which, why, and who mends it.
import { clsx } from 'clsx';
import { TriangleAlert } from 'lucide-react';
import i18next from 'i18next';
import type { Me } from '../../../api/types';
import type { Model } from '../../../live/model';
import { useDesk, useLive } from '../../../live/store';
import { stopText } from '../../../ui/stopped';

export function StoppedNumbers({ hiddenOnPhone }: { hiddenOnPhone: boolean }) {
  const { me } = useDesk();
  const words = useLive(({ model }) => wordsFor(model, me));
  return (
    <div role="status" className={clsx('empty:hidden', hiddenOnPhone && 'max-md:hidden')}>
      {words !== null && (
        <p className="flex items-start gap-2 border-b border-line bg-raised px-3 py-1.5 text-sm">
          <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-bad" />
          <span>{words}</span>
        </p>
      )}
    </div>
  );
}

/** An agent hears of the numbers of their queues, whoever sees all of all. */
function wordsFor(model: Model, me: Me): string | null {
  const all = me.permissions.includes('conversations.read_all');
  const queues = model.self?.queue_ids ?? [];
  const stopped = model.numbers.values().filter(({ state, queue_id }) => state === 'stopped' && (all || queues.includes(queue_id)));
  const [first] = stopped;
  if (first === undefined) return null;
  if (stopped.length > 1) return i18next.t('stopped.many', { names: new Intl.ListFormat(i18next.language).format(stopped.map(({ name }) => name).sort()) });
  return i18next.t('stopped.one', { name: first.name, reason: stopText(first) });
}
