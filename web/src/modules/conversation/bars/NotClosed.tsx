// What was to be closed and stays open, on every page, over nothing, until somebody has seen it.
import { useNavigate, useParams } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { NotClosed as One } from '../../../live/closings';
import { useDesk, useLive } from '../../../live/store';
import { nameOf } from '../names';
import { problemText } from '../../../ui/problem';

export function NotClosed() {
  const { t } = useTranslation();
  const refused = useLive(({ notClosed }) => notClosed);
  return (
    <div role="status" aria-label={t('closing.not_closed_list')}>
      {refused.length > 0 && (
        <ul className="max-h-28 overflow-y-auto">
          {refused.map((one) => (
            <Line key={one.conversation} one={one} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Line({ one: { conversation: id, why } }: { one: One }) {
  const { t } = useTranslation();
  const { closings } = useDesk();
  const navigate = useNavigate();
  const { conversationId: open } = useParams({ strict: false });
  const conversation = useLive(({ model }) => model.conversations.get(id));
  // Closed since, whoever did it.
  if (conversation?.state === 'closed') return null;
  const name = conversation === undefined ? t('contact.nameless') : nameOf(conversation);
  return (
    <li className="flex min-h-9 items-center gap-2 border-b border-line bg-raised px-3 py-0.5 text-sm md:px-4">
      <p className="min-w-0 flex-1">
        <span dir="auto" className="font-semibold break-words">
          {t('closing.not_closed', { name })}
        </span>{' '}
        {problemText(why)}
      </p>
      {conversation !== undefined && id !== open && (
        <button
          type="button"
          className="rounded px-2 py-1 font-semibold underline underline-offset-2 pointer-coarse:py-3"
          aria-label={t('closing.open_named', { name })}
          onClick={() => {
            closings.dismiss(id);
            void navigate({ to: '/inbox/{-$conversationId}', params: { conversationId: id } });
          }}
        >
          {t('closing.open')}
        </button>
      )}
      <button type="button" className="icon-button" aria-label={t('toast.dismiss')} title={t('toast.dismiss')} onClick={() => closings.dismiss(id)}>
        <X aria-hidden size={16} />
      </button>
    </li>
  );
}
