// One chat in the list: who, how long they have waited (the loudest number), and the last thing said.
import { clsx } from 'clsx';
import { memo, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../api/types';
import { count, daysBetween, moment, shortDate, time, waited } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import type { Tab } from '../../../live/lists';
import { useDesk, useLive } from '../../../live/store';
import { nameOf, ownerName } from '../names';
import { PreviewLine } from './preview';
import { ReplyCountdown } from './ReplyCountdown';
import { StatusMark } from './StatusMark';

interface Props {
  conversation: Conversation;
  chosen: boolean;
  place: Tab | 'found';
  open: (id: string) => void;
}

export const ConversationRow = memo(function ConversationRow({ conversation, chosen, place, open }: Props) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const { unread, last_message: last } = conversation;
  const where = useLive(({ model }) => (place === 'mine' ? (model.queues.get(conversation.queue_id)?.name ?? '') : ownerName(model, conversation.owner, me.user.id)));
  const name = nameOf(conversation);
  /** A plain link (the router's own costs more than the row); with a modifier the browser opens a tab. */
  function follow(event: MouseEvent): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(conversation.id);
  }
  const mine = conversation.owner.kind === 'agent' && conversation.owner.id === me.user.id;
  return (
    <a
      href={`/inbox/${conversation.id}`}
      onClick={follow}
      aria-current={chosen ? 'page' : undefined}
      className={clsx('flex h-full flex-col justify-center gap-0.5 border-b border-line px-3 -outline-offset-2', chosen ? 'bg-chosen' : 'hover:bg-hover')}
    >
      <span className="flex items-baseline gap-2">
        <span dir="auto" title={name} className={clsx('min-w-0 truncate', unread > 0 && mine ? 'font-semibold' : 'font-medium')}>
          {name}
        </span>
        <span className="min-w-0 flex-1 shrink-2 truncate text-xs text-quiet">{where}</span>
        <Age conversation={conversation} />
      </span>
      <span className="flex items-center gap-1.5 text-sm text-quiet">
        {last?.direction === 'outbound' && last.status !== null && <StatusMark status={last.status} />}
        <span dir="auto" className={clsx('min-w-0 flex-1 truncate', unread > 0 && mine && 'text-ink')}>
          <PreviewLine last={last} />
        </span>
        <ReplyCountdown conversation={conversation} place="row" />
        {unread > 0 && (
          <span className={clsx('min-w-5 rounded-full px-1.5 text-center text-xs font-semibold', mine ? 'bg-now-ground text-on-now' : 'border border-line text-quiet')}>
            <span className="sr-only">{t('inbox.unread', { count: unread })}</span>
            <span aria-hidden>{count(unread)}</span>
          </span>
        )}
      </span>
    </a>
  );
});

function Age({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const now = useNow();
  const { waiting_since: waiting, last_message: last, state } = conversation;
  if (state === 'closed') return <span className="text-xs text-quiet">{t('state.closed')}</span>;
  if (waiting !== null) {
    return (
      <span className="font-semibold text-now" title={t('inbox.waiting_since', { at: moment(waiting) })}>
        <span className="sr-only">{t('inbox.waiting')} </span>
        {waited(now - Date.parse(waiting))}
      </span>
    );
  }
  if (last === null) return null;
  return (
    <time className="text-xs text-quiet" dateTime={last.at} title={moment(last.at)}>
      {daysBetween(Date.parse(last.at), now) === 0 ? time(last.at) : shortDate(last.at)}
    </time>
  );
}
