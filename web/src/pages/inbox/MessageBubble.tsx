// One thing said: by the customer on the left, by us on the right, with how far it got and what went wrong.
import { clsx } from 'clsx';
import { Reply } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../api/types';
import { moment, time } from '../../i18n/format';
import type { Pending } from '../../live/commands';
import { useDesk, useLive } from '../../live/store';
import { problemText } from '../../ui/problem';
import { ContentView, Words } from './ContentView';
import { StatusMark } from './StatusMark';

interface Props {
  message: Message;
  first: boolean;
  customer: string;
  /** Null where nothing may be answered. */
  reply: ((message: Message) => void) | null;
}

export const MessageBubble = memo(function MessageBubble({ message, first, customer, reply }: Props) {
  const { t } = useTranslation();
  const outbound = message.direction === 'outbound';
  return (
    <div className={clsx('group flex items-end gap-1 px-4', outbound ? 'flex-row-reverse' : 'flex-row', first ? 'pt-3' : 'pt-0.5', message.reactions.length > 0 && 'pb-4')}>
      <article aria-label={t('message.by', { name: outbound ? t('message.us') : customer, at: time(message.recorded_at) })} className={clsx('max-w-[min(560px,82%)] rounded-xl px-3 py-2', outbound ? 'bg-said' : 'border border-line bg-raised')}>
        {first && outbound && <Author message={message} />}
        {message.reply_to !== null && <Quoted conversation={message.conversation_id} id={message.reply_to} customer={customer} />}
        <div className="flex flex-wrap items-end gap-x-3">
        <div className="max-w-full min-w-0">
          <ContentView content={message.content} media={message.media} />
        </div>
        <footer className="ms-auto flex items-center justify-end gap-1.5 text-xs text-quiet">
          {message.edited_at !== null && <span>{t('message.edited')}</span>}
          <time dateTime={message.recorded_at} title={moment(message.recorded_at)}>
            {time(message.recorded_at)}
          </time>
          {outbound && <StatusMark status={message.status} />}
        </footer>
        </div>
        {message.status === 'failed' && (
          <p className="mt-1 border-t border-line pt-1 text-sm text-bad">
            {t('message.failed')}
            {message.error !== null && <span className="text-quiet"> · {`${message.error.text} (${message.error.code})`}</span>}
          </p>
        )}
        {message.reactions.length > 0 && (
          <p className="-mb-5 flex justify-end gap-1">
            {message.reactions.map(({ by, emoji }) => (
              <span key={by} title={t('message.reaction', { name: by === 'inbound' ? customer : t('message.us') })} className="rounded-full border border-line bg-raised px-1.5 text-sm">
                {emoji}
              </span>
            ))}
          </p>
        )}
      </article>
      {reply !== null && message.provider_message_id !== null && (
        <button type="button" className="icon-button opacity-0 group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-60" aria-label={t('message.reply')} title={t('message.reply')} onClick={() => reply(message)}>
          <Reply aria-hidden size={16} />
        </button>
      )}
    </div>
  );
});

function Author({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const name = useLive(({ model }) => (message.author?.kind === 'agent' ? model.agents.get(message.author.id)?.name : undefined));
  if (message.author?.id === me.user.id) return null;
  return <p className="text-xs font-semibold text-quiet">{name ?? t(message.author?.kind === 'bot' ? 'owner.bot' : 'message.outside')}</p>;
}

export function Quoted({ conversation, id, customer }: { conversation: string; id: string; customer: string }) {
  const { t } = useTranslation();
  const message = useLive(({ model }) => model.chats.get(conversation)?.get(id));
  return (
    <blockquote className="mb-1 max-h-16 overflow-hidden border-s-2 border-edge ps-2 text-sm text-quiet">
      {message === undefined ? (
        t('message.quoted_elsewhere')
      ) : (
        <>
          <p className="text-xs font-semibold">{message.direction === 'outbound' ? t('message.us') : customer}</p>
          {message.content.type === 'text' ? (
            <p dir="auto" className="line-clamp-2">
              {message.content.body}
            </p>
          ) : (
            t(`kind.${message.content.type === 'media' ? message.content.kind : message.content.type}`)
          )}
        </>
      )}
    </blockquote>
  );
}

/** A message of ours that the server has not recorded yet, or would not. */
export function PendingBubble({ command, edit }: { command: Pending<'send'>; edit: (text: string) => void }) {
  const { t } = useTranslation();
  const { client } = useDesk();
  const refused = command.state === 'refused';
  return (
    <div className="flex flex-row-reverse px-4 pt-3">
      <article aria-label={t('message.by', { name: t('message.us'), at: t('status.waiting') })} className={clsx('max-w-[min(560px,82%)] rounded-xl px-3 py-2', refused ? 'border border-bad bg-raised' : 'bg-said')}>
        <div className="flex flex-wrap items-end gap-x-3">
          <div className="max-w-full min-w-0">
            <Words text={command.body.text} />
          </div>
          <footer className="ms-auto flex text-xs text-quiet">
            <StatusMark status={refused ? 'failed' : command.state === 'accepted' ? 'queued' : 'waiting'} />
          </footer>
        </div>
        {refused && (
          <div className="mt-1 border-t border-line pt-1 text-sm">
            <p className="text-bad">{problemText(command.problem?.code ?? 'internal')}</p>
            <p className="mt-1 flex gap-3">
              <button type="button" className="font-semibold underline underline-offset-2" onClick={() => {
                  edit(command.body.text);
                  client.commands.discard(command.id);
                }}
              >
                {t('message.edit_again')}
              </button>
              <button type="button" className="underline underline-offset-2" onClick={() => client.commands.discard(command.id)}>
                {t('message.discard')}
              </button>
            </p>
          </div>
        )}
      </article>
    </div>
  );
}
