// The scroll of a conversation: only what is in sight is in the page, the newest stays in sight, older pages come as one scrolls up.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { type KeyboardEvent, type Ref, useEffect, useEffectEvent, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HistoryLine, Id, Message, Settled } from '../../../api/types';
import { dayAndMonth, daysBetween, moment, time } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { useDesk, useLive } from '../../../live/store';
import { ownerName } from '../names';
import { toast } from '../../../ui/toasts';
import { useReads } from '../api/reads';
import { AdCard } from './beside';
import { MessageBubble } from './MessageBubble';
import { PendingBubble } from './PendingBubble';
import { saidIn } from './said';
import { useTalk } from './talk';
import { type Row, rowsOf } from './timeline';

const NONE: never[] = [];
const AT_END_PX = 80;
/** So many rows before the start the next page is asked for. */
const NEAR = 10;

/** So many pages are read to find a message that somebody jumps to. */
const PAGES_BACK = 20;
const SHOW_SOUGHT_MS = 2_500;

export interface MessagesHandle {
  jump: (message: Id) => void;
  /** To the newest, which what is sent just now will be. */
  toEnd: () => void;
}

export function Messages({ ref }: { ref: Ref<MessagesHandle> }) {
  const { t } = useTranslation();
  const desk = useDesk();
  const reads = useReads();
  const { id, customer } = useTalk();
  const messages = useLive(({ model }) => model.chats.get(id)?.messages ?? NONE);
  const history = useLive(({ model }) => model.chats.get(id)?.history ?? NONE);
  const older = useLive(({ model }) => model.chats.get(id)?.older ?? 'unknown');
  const pending = useLive((live) => live.pending);
  const rows = useMemo(() => rowsOf(messages, history, pending, id, desk.me.user.id, older === 'none'), [messages, history, pending, id, desk.me.user.id, older]);

  const scroller = useRef<HTMLDivElement>(null);
  /** What somebody marks or presses stays under their pointer until they let go. */
  const [pressed, setPressed] = useState(false);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'message' ? 72 : 36),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
    paddingEnd: 16,
    paddingStart: 16,
    anchorTo: pressed ? 'start' : 'end',
    followOnAppend: !pressed,
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
  const mayFollow = useEffectEvent(() => atEnd && !pressed);
  useLayoutEffect(() => {
    if (height > 0 && mayFollow()) list.scrollToEnd();
  }, [height, list]);
  const letGo = useEffectEvent((event: PointerEvent) => {
    setPressed(false);
    // Cancelled, it became a scroll of the finger's.
    if (event.type === 'pointerup' && atEnd && document.getSelection()?.isCollapsed !== false) list.scrollToEnd();
    else if (scroller.current !== null) setAtEnd(isAtEnd(scroller.current));
  });
  useEffect(() => {
    if (!pressed) return;
    const end = (event: PointerEvent) => letGo(event);
    const ways = ['pointerup', 'pointercancel'] as const;
    for (const way of ways) window.addEventListener(way, end);
    return () => {
      for (const way of ways) window.removeEventListener(way, end);
    };
  }, [pressed]);

  const items = list.getVirtualItems();
  // At the end one is near the start only where everything fits on the screen.
  const short = list.getTotalSize() <= height;
  const nearStart = hasRows && (items[0]?.index ?? NEAR) < NEAR && (short || !atEnd);
  const olderCursor = typeof older === 'object' ? older.cursor : null;
  useEffect(() => {
    if (nearStart && olderCursor !== null) void reads.readOlder(id).catch(() => undefined);
  }, [nearStart, olderCursor, reads, id]);

  const [sought, setSought] = useState<Id | null>(null);
  useEffect(() => {
    if (sought === null) return;
    const index = rows.findIndex((row) => row.kind === 'message' && row.message.id === sought);
    if (index >= 0) list.scrollToIndex(index, { align: 'center' });
    const timer = setTimeout(() => setSought(null), SHOW_SOUGHT_MS);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each jump: what comes afterwards does not move it
  }, [sought]);
  const jump = async (message: Id) => {
    const chat = () => desk.client.model.chats.get(id);
    const isShown = () => chat()?.messages.some((one) => one.id === message) === true;
    for (let page = 0; page < PAGES_BACK && !isShown() && typeof chat()?.older === 'object'; page += 1) await reads.readOlder(id);
    if (isShown()) setSought(message);
    else toast(t('message.too_far'));
  };
  useImperativeHandle(ref, () => ({ jump: (message) => void jump(message).catch(() => toast(t('problem.no_connection'), 'bad')), toEnd: () => list.scrollToEnd() }));

  return (
    <div className="relative min-h-0 flex-1">
      <div ref={scroller} className="h-full overflow-y-auto overscroll-contain" role="log" aria-live="off" aria-label={t('conversation.messages')} tabIndex={0} onKeyDown={walk} onScroll={({ currentTarget }) => setAtEnd(isAtEnd(currentTarget))} onPointerDown={({ button, target, currentTarget }) => button === 0 && target !== currentTarget && setPressed(true)}>
        {older === 'unknown' && rows.length === 0 && <p className="p-6 text-center text-quiet">{t('opening')}</p>}
        <div className="relative" style={{ height: list.getTotalSize() }}>
          {items.map(({ key, index, start }) => {
            const row = rows[index];
            return (
              row && (
                <div key={key} ref={list.measureElement} data-index={index} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${start}px)` }}>
                  <RowView row={row} sought={sought} />
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

function isAtEnd(log: HTMLElement): boolean {
  return log.scrollHeight - log.scrollTop - log.clientHeight <= AT_END_PX;
}

/** Arrows walk from message to message; from the scroll itself they begin at the newest in sight. */
function walk(event: KeyboardEvent<HTMLDivElement>): void {
  const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
  const log = event.currentTarget;
  const target = event.target as HTMLElement;
  if (step === 0 || (target !== log && target.tagName !== 'ARTICLE')) return;
  const { top, bottom } = log.getBoundingClientRect();
  const order = (article: HTMLElement) => Number(article.closest<HTMLElement>('[data-index]')?.dataset.index);
  const articles = [...log.querySelectorAll<HTMLElement>('article[tabindex]')].sort((a, b) => order(a) - order(b));
  const inSight = articles.filter((article) => article.getBoundingClientRect().bottom <= bottom + 1 && article.getBoundingClientRect().top >= top);
  const next = target === log ? inSight.at(-1) : articles[articles.indexOf(target) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

function RowView({ row, sought }: { row: Row; sought: Id | null }) {
  switch (row.kind) {
    case 'day':
      return <DayLine at={row.at} />;
    case 'history':
      return <HistoryRow line={row.line} />;
    case 'notice':
      return <NoticeRow message={row.message} />;
    case 'message':
      return <MessageBubble message={row.message} first={row.first} sought={row.message.id === sought} />;
    case 'pending':
      return <PendingBubble command={row.command} />;
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

/** A line of the provider's; the advertisement that led here stands with it, where there was no word beside it. */
function NoticeRow({ message }: { message: Message }) {
  return (
    <div className="flex flex-col items-center gap-1 px-4 pt-3 text-center text-xs text-quiet" title={moment(message.recorded_at)}>
      <p>
        <span dir="auto">{saidIn(message.content)}</span> · {time(message.recorded_at)}
      </p>
      {message.referral !== null && <AdCard referral={message.referral} />}
    </div>
  );
}

function HistoryRow({ line }: { line: HistoryLine }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const { jump } = useTalk();
  const to = useLive(({ model }) => ownerName(model, line.to, me.user.id));
  const actor = useLive(({ model }) => (line.actor_id === null ? t('owner.system') : ownerName(model, { kind: 'agent', id: line.actor_id }, me.user.id)));
  const words = { to, name: actor };
  const text =
    line.kind === 'message_settled'
      ? t(`history.message_${line.reason as Settled}`, words)
      : line.reason === 'picked' && line.actor_id === line.to?.id
        ? t('history.picked', { name: to })
        : t(`history.${line.reason ?? 'other'}`, { ...words, defaultValue: t('history.other', words) });
  const about = line.message_id;
  return (
    <p className="px-4 pt-3 text-center text-xs text-quiet" title={moment(line.at)}>
      {about === null ? (
        text
      ) : (
        <button type="button" className="underline decoration-dotted underline-offset-2" onClick={() => jump(about)}>
          {text}
        </button>
      )}{' '}
      · {time(line.at)}
    </p>
  );
}

/** New words of the customer are read out, politely; those that were there when the chat was opened are not. */
function Announcer({ messages, customer }: { messages: readonly Message[]; customer: string }) {
  const [since] = useState(() => Date.now());
  const last = messages.findLast(({ direction, notice, recorded_at }) => direction === 'inbound' && !notice && Date.parse(recorded_at) > since);
  const words = last === undefined ? '' : saidIn(last.content);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {last !== undefined && `${customer}: ${words}`}
    </p>
  );
}
