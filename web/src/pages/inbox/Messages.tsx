// The scroll of a conversation: only what is in sight is in the page, the newest stays in sight, older pages come as one scrolls up.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, HistoryLine, Message } from '../../api/types';
import { dayAndMonth, daysBetween, moment, time } from '../../i18n/format';
import { useNow } from '../../i18n/now';
import { useDesk, useLive } from '../../live/store';
import { nameOf, ownerName } from '../../ui/names';
import { MessageBubble, PendingBubble } from './MessageBubble';
import { type Row, rowsOf } from './timeline';

const NONE: never[] = [];
const AT_END_PX = 80;
/** So many rows before the start the next page is asked for. */
const NEAR = 10;

interface Props {
  conversation: Conversation;
  reply: ((message: Message) => void) | null;
  edit: (text: string) => void;
}

export function Messages({ conversation, reply, edit }: Props) {
  const { t } = useTranslation();
  const desk = useDesk();
  const { id } = conversation;
  const customer = nameOf(conversation);
  const messages = useLive(({ model }) => model.chats.get(id)?.messages ?? NONE);
  const history = useLive(({ model }) => model.chats.get(id)?.history ?? NONE);
  const older = useLive(({ model }) => model.chats.get(id)?.older ?? 'unknown');
  const pending = useLive((live) => live.pending);
  const rows = useMemo(() => rowsOf(messages, history, pending, id, desk.me.user.id, older === 'none'), [messages, history, pending, id, desk.me.user.id, older]);

  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'message' ? 72 : 36),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
    paddingEnd: 16,
    paddingStart: 16,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
  });
  const [atEnd, setAtEnd] = useState(true);
  const hasRows = rows.length > 0;
  useEffect(() => {
    if (hasRows) list.scrollToEnd();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when there is something to see
  }, [hasRows]);

  // The composer grows, a bar comes: who was at the end stays there.
  const height = list.scrollRect?.height ?? 0;
  const wasAtEnd = useEffectEvent(() => atEnd);
  useLayoutEffect(() => {
    if (height > 0 && wasAtEnd()) list.scrollToEnd();
  }, [height, list]);

  const items = list.getVirtualItems();
  // At the end one is near the start only where everything fits on the screen.
  const short = list.getTotalSize() <= height;
  const nearStart = hasRows && (items[0]?.index ?? NEAR) < NEAR && (short || !atEnd);
  const olderCursor = typeof older === 'object' ? older.cursor : null;
  useEffect(() => {
    if (nearStart && olderCursor !== null) void desk.readOlder(id).catch(() => undefined);
  }, [nearStart, olderCursor, desk, id]);

  return (
    <div className="relative min-h-0 flex-1">
      <div ref={scroller} className="h-full overflow-y-auto overscroll-contain" role="log" aria-live="off" aria-label={t('conversation.messages')} tabIndex={0} onScroll={({ currentTarget: log }) => setAtEnd(log.scrollHeight - log.scrollTop - log.clientHeight <= AT_END_PX)}>
        {older === 'unknown' && rows.length === 0 && <p className="p-6 text-center text-quiet">{t('opening')}</p>}
        <div className="relative" style={{ height: list.getTotalSize() }}>
          {items.map(({ key, index, start }) => {
            const row = rows[index];
            return (
              row && (
                <div key={key} ref={list.measureElement} data-index={index} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${start}px)` }}>
                  <RowView row={row} customer={customer} reply={reply} edit={edit} />
                </div>
              )
            );
          })}
        </div>
      </div>
      {!atEnd && (
        <button type="button" className="button absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-md" onClick={() => list.scrollToEnd()}>
          <ArrowDown aria-hidden size={16} />
          {t('conversation.to_end')}
        </button>
      )}
      <Announcer messages={messages} customer={customer} />
    </div>
  );
}

function RowView({ row, customer, reply, edit }: { row: Row; customer: string } & Pick<Props, 'reply' | 'edit'>) {
  switch (row.kind) {
    case 'day':
      return <DayLine at={row.at} />;
    case 'history':
      return <HistoryRow line={row.line} />;
    case 'message':
      return <MessageBubble message={row.message} first={row.first} customer={customer} reply={reply} />;
    case 'pending':
      return <PendingBubble command={row.command} edit={edit} />;
  }
}

function DayLine({ at }: { at: string }) {
  const { t } = useTranslation();
  const now = useNow();
  const days = daysBetween(Date.parse(at), now);
  return (
    <div className="flex items-center gap-3 px-4 pt-4 pb-1 text-xs text-quiet">
      <span className="h-px flex-1 bg-line" />
      <time dateTime={at}>{days === 0 ? t('day.today') : days === 1 ? t('day.yesterday') : dayAndMonth(at, now)}</time>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

function HistoryRow({ line }: { line: HistoryLine }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const to = useLive(({ model }) => ownerName(model, line.to, me.user.id));
  const actor = useLive(({ model }) => (line.actor_id === null ? t('owner.system') : ownerName(model, { kind: 'agent', id: line.actor_id }, me.user.id)));
  const text =
    line.reason === 'picked' && line.actor_id === line.to?.id
      ? t('history.picked', { name: to })
      : line.reason === 'closed'
        ? t('history.closed', { name: actor })
        : t(`history.${line.reason ?? 'assigned'}`, { to, name: actor });
  return (
    <p className="px-4 pt-3 text-center text-xs text-quiet" title={moment(line.at)}>
      {text} · {time(line.at)}
    </p>
  );
}

/** New words of the customer are read out, politely; those that were there when the chat was opened are not. */
function Announcer({ messages, customer }: { messages: readonly Message[]; customer: string }) {
  const { t } = useTranslation();
  const [since] = useState(() => Date.now());
  const last = messages.findLast(({ direction, recorded_at }) => direction === 'inbound' && Date.parse(recorded_at) > since);
  const words = last === undefined ? '' : last.content.type === 'text' ? last.content.body : t(`kind.${last.content.type === 'media' ? last.content.kind : last.content.type}`);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {last !== undefined && `${customer}: ${words}`}
    </p>
  );
}
