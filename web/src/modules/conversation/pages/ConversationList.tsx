// The list of chats: three tabs, search, and as many rows in the page as the eye can see, however many there are.
import { useVirtualizer } from '@tanstack/react-virtual';
import { clsx } from 'clsx';
import { Search, X } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { leaveField } from '../../../app/hands';
import { useKeys } from '../../../app/keys';
import { count } from '../../../i18n/format';
import { found, type Lists, listsOf, type Tab, TABS } from '../../../live/lists';
import { useDesk, useLive } from '../../../live/store';
import { useReads } from '../api/reads';
import { ClosingBar } from './ClosingBar';
import { ConversationRow } from './ConversationRow';

const ROW_PX = 60;
const ASK_AFTER_MS = 250;
const NEAR_END = 20;

interface Props {
  chosen: string | undefined;
  open: (id: string | undefined) => void;
  className: string;
}

export function ConversationList({ chosen, open, className }: Props) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const model = useLive((live) => live.model);
  const version = useLive((live) => live.model.conversations.version);
  const ready = useLive((live) => live.model.cursor.held.has('inbox') || live.model.conversations.size > 0);
  const [tab, setTab] = useState<Tab>(me.agent === null ? 'all' : 'mine');
  const [words, setWords] = useState('');
  const sought = useDeferredValue(words.trim());
  const searchField = useRef<HTMLInputElement>(null);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the version stands for what is in the model
  const lists = useMemo(() => listsOf(model.conversations.values(), me.user.id), [model, version, me.user.id]);
  const shown = useMemo(
    () => (sought === '' ? lists[tab] : found(model.conversations.values(), sought)),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version stands for what is in the model
    [lists, tab, sought, model, version],
  );
  useSearchElsewhere(sought);

  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, getItemKey: (index) => shown[index]?.id ?? index, overscan: 8 });
  const items = rows.getVirtualItems();
  useMoreOfAll(tab === 'all' && sought === '' && (items.at(-1)?.index ?? 0) > shown.length - NEAR_END);

  const at = shown.findIndex(({ id }) => id === chosen);
  const go = (to: number) => {
    const next = shown[Math.max(0, Math.min(shown.length - 1, to))];
    if (next === undefined) return;
    rows.scrollToIndex(shown.indexOf(next));
    open(next.id);
  };
  const next = () => go(at + 1);
  const previous = () => go(at < 0 ? 0 : at - 1);
  useKeys({
    j: next, k: previous, 'alt+ArrowDown': next, 'alt+ArrowUp': previous,
    '1': () => setTab('mine'), '2': () => setTab('queue'), '3': () => setTab('all'), '/': () => searchField.current?.focus(),
  });

  return (
    <section aria-label={t('inbox.list')} className={clsx('flex min-h-0 w-full shrink-0 flex-col border-line bg-panel max-md:flex-1 md:border-e', className)}>
      <header className="flex flex-col gap-2 border-b border-line px-3 pt-3">
        <div className="relative">
          <Search aria-hidden size={16} className="absolute start-2.5 top-1/2 -translate-y-1/2 text-quiet" />
          <input
            ref={searchField}
            className="field ps-8"
            type="text"
            role="searchbox"
            aria-label={t('inbox.search')}
            placeholder={t('inbox.search')}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              setWords('');
              leaveField(event.currentTarget);
            }}
          />
          {words === '' ? (
            <kbd aria-hidden className="absolute end-2 top-1/2 -translate-y-1/2 pointer-coarse:hidden">/</kbd>
          ) : (
            <button type="button" className="icon-button absolute end-0 top-1/2 -translate-y-1/2" aria-label={t('inbox.clear_search')} onClick={() => setWords('')}>
              <X aria-hidden size={16} />
            </button>
          )}
        </div>
        <Tabs tab={tab} choose={setTab} lists={lists} off={sought !== ''} />
      </header>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto" id="chats" role="tabpanel" aria-label={sought === '' ? t(`inbox.${tab}`) : t('inbox.found')} tabIndex={-1}>
        {shown.length === 0 ? (
          <Empty tab={tab} sought={sought} ready={ready} />
        ) : (
          <ul className="relative" style={{ height: rows.getTotalSize() }}>
            {items.map(({ key, index, start }) => {
              const conversation = shown[index];
              return (
                conversation && (
                  <li key={key} className="absolute inset-x-0 top-0" style={{ height: ROW_PX, transform: `translateY(${start}px)` }}>
                    <ConversationRow conversation={conversation} chosen={conversation.id === chosen} place={sought === '' ? tab : 'found'} open={open} />
                  </li>
                )
              );
            })}
          </ul>
        )}
      </div>
      <ClosingBar />
    </section>
  );
}

function Tabs({ tab, choose, lists, off }: { tab: Tab; choose: (tab: Tab) => void; lists: Lists; off: boolean }) {
  const { t } = useTranslation();
  const unread = lists.mine.some(({ unread }) => unread > 0);
  return (
    <div role="tablist" aria-label={t('inbox.tabs')} className="flex gap-4">
      {TABS.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={!off && tab === name}
          aria-controls="chats"
          tabIndex={tab === name ? 0 : -1}
          className="-mb-px flex items-baseline gap-1.5 border-b-2 border-transparent px-0.5 py-1.5 text-quiet hover:text-ink aria-selected:border-ink aria-selected:font-semibold aria-selected:text-ink pointer-coarse:py-3"
          onClick={() => choose(name)}
          onKeyDown={(event) => {
            const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
            if (step === 0) return;
            const to = (TABS.indexOf(name) + step + TABS.length) % TABS.length;
            choose(TABS[to] ?? name);
            (event.currentTarget.parentElement?.children[to] as HTMLElement | undefined)?.focus();
          }}
        >
          {t(`inbox.${name}`)}
          <span className={clsx('text-xs', (name === 'queue' && lists.queue.length > 0) || (name === 'mine' && unread) ? 'font-semibold text-now' : 'text-quiet')}>{count(lists[name].length)}</span>
        </button>
      ))}
    </div>
  );
}

function Empty({ tab, sought, ready }: { tab: Tab; sought: string; ready: boolean }) {
  const { t } = useTranslation();
  if (!ready) return <p className="p-6 text-center text-quiet">{t('opening')}</p>;
  return (
    <div className="p-6 text-center text-quiet">
      <p className="text-ink">{sought === '' ? t(`inbox.empty_${tab}`) : t('inbox.not_found', { words: sought })}</p>
      <p className="mt-1 text-sm">{sought === '' ? t(`inbox.empty_${tab}_hint`) : t('inbox.not_found_hint')}</p>
    </div>
  );
}

/** Search reaches what this console does not hold: closed chats, and those of others. */
function useSearchElsewhere(words: string): void {
  const reads = useReads();
  useEffect(() => {
    if (words.length < 2) return;
    const timer = setTimeout(() => void reads.search({ q: words, state: 'any', limit: '100' }).catch(() => undefined), ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [reads, words]);
}

/** Where the snapshot could not carry every chat, the rest is read page by page as the end comes near. */
function useMoreOfAll(nearEnd: boolean): void {
  const reads = useReads();
  const truncated = useLive(({ model }) => model.conversations.truncated);
  const [cursor, setCursor] = useState<string | null>(null);
  const [ended, setEnded] = useState(false);
  useEffect(() => {
    if (!truncated || !nearEnd || ended) return;
    let over = false;
    reads
      .search({ owner: 'all', limit: '200', ...(cursor === null ? {} : { cursor }) })
      .then(({ next }) => {
        if (over) return;
        setCursor(next);
        setEnded(next === null);
      })
      .catch(() => undefined);
    return () => {
      over = true;
    };
  }, [reads, truncated, nearEnd, cursor, ended]);
}
