// A quiet line over the inbox while a number does not send: which, why, and who mends it.
import { TriangleAlert } from 'lucide-react';
import i18next from 'i18next';
import { useLive } from '../../live/store';
import type { Model } from '../../live/model';
import { stopText } from '../../ui/failure';

export function StoppedNumbers() {
  const words = useLive(({ model }) => wordsFor(model));
  return (
    <div role="status" className="empty:hidden">
      {words !== null && (
        <p className="flex items-start gap-2 border-b border-line bg-raised px-3 py-1.5 text-sm">
          <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-bad" />
          <span>{words}</span>
        </p>
      )}
    </div>
  );
}

function wordsFor(model: Model): string | null {
  const stopped = model.numbers.values().filter(({ state }) => state === 'stopped');
  const [first] = stopped;
  if (first === undefined) return null;
  if (stopped.length > 1) return i18next.t('stopped.many', { names: new Intl.ListFormat(i18next.language).format(stopped.map(({ name }) => name).sort()) });
  return i18next.t('stopped.one', { name: first.name, reason: stopText(first) });
}
