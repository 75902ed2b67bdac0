// What was to be sent and was refused, of chats that are not on the screen: on every page, over nothing, until somebody has seen to it.
import { useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Pending } from '../../../live/commands';
import { useDesk, useLive } from '../../../live/store';
import { contentOf, saidIn, wordsOf } from '../pages/said';
import { copyWords } from '../copy';
import { problemText } from '../../../ui/problem';

const BUTTON = 'rounded px-2 py-1 font-semibold underline underline-offset-2 pointer-coarse:py-3';

export function NotSent() {
  const { t } = useTranslation();
  const pending = useLive((live) => live.pending);
  const refused = pending.filter((command): command is Pending<'send'> => command.name === 'send' && command.state === 'refused');
  return (
    <div role="status" aria-label={t('unsent.list')}>
      {refused.length > 0 && (
        <ul className="max-h-28 overflow-y-auto">
          {refused.map((command) => (
            <Line key={command.id} command={command} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Line({ command: { id, body, problem } }: { command: Pending<'send'> }) {
  const { t } = useTranslation();
  const { client } = useDesk();
  const navigate = useNavigate();
  const { conversationId: open } = useParams({ strict: false });
  const chat = body.conversation_id;
  const isSeen = useLive(({ model }) => model.conversations.get(chat) !== undefined);
  const isKnown = useLive(({ model }) => model.cursor.held.has('inbox'));
  // It stands in its chat, with what may be done.
  if (isSeen ? chat === open : !isKnown) return null;
  const content = contentOf(body);
  const words = wordsOf(content);
  return (
    <li className="flex min-h-9 flex-wrap items-center gap-x-2 border-b border-line bg-raised px-3 py-0.5 text-sm md:px-4">
      <p className="min-w-48 flex-1">
        <span className="line-clamp-2 break-words">
          <span className="font-semibold">{t('unsent.one')}</span> <bdi>{saidIn(content)}</bdi>
        </span>{' '}
        <span className="text-bad">{problemText(problem?.code ?? 'internal')}</span>
      </p>
      {isSeen ? (
        <button type="button" className={BUTTON} onClick={() => void navigate({ to: '/inbox/{-$conversationId}', params: { conversationId: chat } })}>
          {t('closing.open')}
        </button>
      ) : (
        <>
          {words !== null && (
            <button type="button" className={BUTTON} onClick={() => copyWords(words)}>
              {t('message.copy')}
            </button>
          )}
          <button type="button" className={BUTTON} onClick={() => client.commands.discard(id)}>
            {t('message.discard')}
          </button>
        </>
      )}
    </li>
  );
}
