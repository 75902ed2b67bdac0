// One thing said: by the customer on the left, by us on the right, with how far it got and what went wrong.
import { clsx } from 'clsx';
import { type KeyboardEvent, memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { CommandBodies, Message } from '../../../api/types';
import { moment, time } from '../../../i18n/format';
import { useDesk, useLive } from '../../../live/store';
import { AdCard, Edited, Forwarded, ProductAsked } from './beside';
import { ContentView } from './ContentView';
import { Failed } from './Failed';
import { MessageMenu } from './MessageMenu';
import { Postponed } from './Postponed';
import { Quoted } from './Quoted';
import { StatusMark } from './StatusMark';
import { useTalk } from './talk';
import { Uncertain } from './Uncertain';

interface Props {
  message: Message;
  first: boolean;
  /** Somebody jumped here. */
  sought: boolean;
}

export const MessageBubble = memo(function MessageBubble({ message, first, sought }: Props) {
  const { t } = useTranslation();
  const { customer, mine, reply } = useTalk();
  const outbound = message.direction === 'outbound';
  const reactions = useReactions(message);
  const ours = reactions.find(({ by }) => by === 'outbound')?.emoji ?? null;
  const actable = message.revoked_at === null && message.content.type !== 'system';
  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || !actable) return;
    if (event.key === 'Enter') event.currentTarget.parentElement?.querySelector<HTMLElement>('[data-menu]')?.click();
    else if (event.key.toLowerCase() === 'r' && mine && message.provider_message_id !== null) reply(message);
    else return;
    event.preventDefault();
  }
  return (
    <div className={clsx('group flex items-end gap-1 px-4', outbound ? 'flex-row-reverse' : 'flex-row', first ? 'pt-3' : 'pt-0.5', reactions.length > 0 && 'pb-4')}>
      <article
        aria-label={t('message.by', { name: outbound ? t('message.us') : customer, at: time(message.recorded_at) })}
        tabIndex={-1}
        onKeyDown={onKeyDown}
        className={clsx('max-w-[min(560px,82%)] rounded-xl px-3 py-2', outbound ? 'bg-said' : 'border border-line bg-raised', sought && 'outline-2 outline-offset-2 outline-seen')}
      >
        {first && outbound && <Author message={message} />}
        {message.referral !== null && <AdCard referral={message.referral} />}
        {message.forwarded !== null && <Forwarded how={message.forwarded} />}
        {message.reply_to !== null && <Quoted id={message.reply_to} jumps />}
        {message.product !== null && <ProductAsked product={message.product} />}
        <div className={clsx('flex gap-x-3', isPictured(message) ? 'flex-col gap-y-1' : 'flex-wrap items-end')}>
          <div className="max-w-full min-w-0">
            <ContentView message={message} />
          </div>
          <footer className="ms-auto flex flex-wrap items-center justify-end gap-1.5 text-xs text-quiet has-[ol]:w-full">
            {message.edited_at !== null && message.revoked_at === null && <Edited message={message} />}
            <time dateTime={message.recorded_at} title={moment(message.recorded_at)}>
              {time(message.recorded_at)}
            </time>
            {outbound && <StatusMark status={message.status} />}
          </footer>
        </div>
        {message.status === 'failed' && <Failed message={message} />}
        {message.waiting !== null && <Postponed waiting={message.waiting} />}
        {message.status === 'unknown' && <Uncertain message={message} />}
        {reactions.length > 0 && (
          <p className="-mb-5 flex justify-end gap-1">
            {reactions.map(({ by, emoji }) => (
              <span key={by} title={t('message.reaction', { name: by === 'inbound' ? customer : t('message.us') })} className="rounded-full border border-line bg-raised px-1.5 text-sm">
                {emoji}
              </span>
            ))}
          </p>
        )}
      </article>
      {actable && <MessageMenu message={message} ours={ours} />}
    </div>
  );
});

/** Whether it is as wide as a picture, which then stands over its time. */
function isPictured({ content }: Message): boolean {
  return content.type === 'media' && (content.kind === 'image' || content.kind === 'video');
}

/** As the server tells them, and our own as it was asked for while that is under way. */
function useReactions(message: Message): Message['reactions'] {
  const asked = useLive(({ pending }) => {
    const command = pending.findLast(({ name, body }) => name === 'react' && (body as CommandBodies['react']).message_id === message.id);
    return command === undefined ? undefined : (command.body as CommandBodies['react']).emoji;
  });
  if (asked === undefined) return message.reactions;
  const theirs = message.reactions.filter(({ by }) => by === 'inbound');
  return asked === null ? theirs : [...theirs, { by: 'outbound', emoji: asked }];
}

function Author({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const name = useLive(({ model }) => (message.author?.kind === 'agent' ? model.agents.get(message.author.id)?.name : undefined));
  if (message.author?.id === me.user.id) return null;
  return <p className="text-xs font-semibold text-quiet">{name ?? t(message.author?.kind === 'bot' ? 'owner.bot' : 'message.outside')}</p>;
}
