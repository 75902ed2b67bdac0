// The supervisors' board: four numbers to be read from across the room, and a row per queue, agent and number below.
import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Agent, Board, EffectivePresence, NumberLine, Queue } from '../../../api/types';
import { count, moment, waited } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { useLive, useTopic } from '../../../live/store';
import { stopText } from '../../../ui/stopped';
import { FixedMark } from '../../../ui/fixed';
import { PresenceMark } from '../../../ui/presence';
import { type Column, Table } from './Table';
import { TOO_LONG_MS, UNANSWERED_TOO_LONG_MS } from './thresholds';

export function BoardPage() {
  const { t } = useTranslation();
  useTopic('board');
  const board = useLive(({ model }) => model.board.shown);
  if (board === null) {
    return (
      <main className="grid min-w-0 flex-1 place-items-center text-quiet" aria-busy="true">
        <p role="status">{t('opening')}</p>
      </main>
    );
  }
  return (
    <main tabIndex={0} className="min-w-0 flex-1 overflow-y-auto bg-panel p-4 md:p-6">
      <h1 className="sr-only">{t('board.title')}</h1>
      <Figures board={board} />
      <div className="mt-6 grid items-start gap-x-8 gap-y-8 xl:grid-cols-2">
        <div className="flex flex-col gap-8">
          <QueueTable queues={board.queues} />
          <NumberTable numbers={board.numbers} />
        </div>
        <AgentTable agents={board.agents} queues={board.queues} />
      </div>
    </main>
  );
}

function Figures({ board }: { board: Board }) {
  const { t } = useTranslation();
  const now = useNow();
  const waiting = board.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const oldest = board.queues.map((queue) => queue.oldest_waiting_since).filter((since) => since !== null).sort()[0];
  const longest = oldest === undefined ? 0 : now - Date.parse(oldest);
  const active = board.agents.reduce((sum, agent) => sum + agent.active, 0);
  const by = (...presences: EffectivePresence[]) => board.agents.filter(({ effective_presence }) => presences.includes(effective_presence)).length;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line lg:grid-cols-4">
      <Figure name={t('board.waiting')} now={waiting > 0}>
        {count(waiting)}
      </Figure>
      <Figure name={t('board.longest')} now={longest > TOO_LONG_MS} quiet={oldest === undefined}>
        {oldest === undefined ? '–' : waited(longest)}
      </Figure>
      <Figure name={t('board.active')}>{count(active)}</Figure>
      <div className="@container flex flex-col justify-between bg-panel p-4">
        <dt className="text-quiet">{t('board.agents')}</dt>
        <dd className="mt-1">
          <ul className="grid grid-cols-[auto_1fr_auto] items-center gap-x-2">
            {(
              [
                ['online', by('online')],
                ['busy', by('busy', 'transfers_only')],
                ['away', by('away')],
                ['not_responding', by('not_responding', 'disconnected')],
                ['offline', by('offline')],
              ] as const
            ).map(([presence, number]) => (
              <li key={presence} className={clsx('contents', number === 0 && 'text-quiet')}>
                <PresenceMark presence={presence} />
                <span className="truncate">{t(`board.presence_${presence}`)}</span>
                <span className="text-end text-lg font-semibold">{count(number)}</span>
              </li>
            ))}
          </ul>
        </dd>
      </div>
    </dl>
  );
}

function Figure({ name, now, quiet, children }: { name: string; now?: boolean; quiet?: boolean; children: ReactNode }) {
  return (
    <div className="@container flex flex-col justify-between bg-panel p-4">
      <dt className="text-quiet">{name}</dt>
      <dd className={clsx('mt-2 text-[clamp(24px,18cqi,88px)] leading-none font-semibold tracking-tight', now === true && 'text-now', quiet === true && 'text-quiet')}>{children}</dd>
    </div>
  );
}

const since = (instant: string | null, now: number) => (instant === null ? 0 : now - Date.parse(instant));

function Running({ from, tooLongMs }: { from: string | null; tooLongMs: number }) {
  const now = useNow();
  if (from === null) return <span className="text-quiet">–</span>;
  const ms = now - Date.parse(from);
  return (
    <span title={moment(from)} className={clsx(ms > tooLongMs && 'font-semibold text-bad')}>
      {waited(ms)}
    </span>
  );
}

function Quantity({ value, now }: { value: number; now?: boolean }) {
  return <span className={clsx(value === 0 ? 'text-quiet' : now === true ? 'font-semibold text-now' : 'font-medium')}>{count(value)}</span>;
}

function QueueTable({ queues }: { queues: Queue[] }) {
  const { t } = useTranslation();
  const now = useNow();
  const columns: Column<Queue>[] = [
    {
      name: t('board.queue'),
      cell: ({ name, fixed }) => (
        <span className="font-medium">
          {name}
          <FixedMark fields={fixed} />
        </span>
      ),
    },
    { name: t('board.waiting'), end: true, cell: ({ waiting }) => <Quantity value={waiting} now /> },
    { name: t('board.longest'), end: true, cell: ({ oldest_waiting_since }) => <Running from={oldest_waiting_since} tooLongMs={TOO_LONG_MS} /> },
    { name: t('board.active'), end: true, cell: ({ active }) => <Quantity value={active} /> },
    {
      name: t('board.online'),
      end: true,
      cell: ({ agents_online, member_ids, waiting }) => (
        <span className={clsx(agents_online === 0 && waiting > 0 && 'font-semibold text-bad')}>
          {count(agents_online)}
          <span className="text-quiet"> / {count(member_ids.length)}</span>
        </span>
      ),
    },
  ];
  return <Table title={t('board.queues')} rows={queues} columns={columns} empty={t('board.no_queues')} order={(a, b) => since(b.oldest_waiting_since, now) - since(a.oldest_waiting_since, now) || a.name.localeCompare(b.name)} />;
}

const RANK: Record<EffectivePresence, number> = { not_responding: 0, disconnected: 1, online: 2, busy: 3, transfers_only: 4, away: 5, offline: 6 };

function AgentTable({ agents, queues }: { agents: Agent[]; queues: Queue[] }) {
  const { t } = useTranslation();
  const now = useNow();
  const queueNames = (ids: string[]) => ids.map((id) => queues.find((queue) => queue.id === id)?.name).filter((name) => name !== undefined).join(', ');
  const columns: Column<Agent>[] = [
    {
      name: t('board.agent'),
      cell: ({ name, effective_presence, away_reason, queue_ids, fixed }) => (
        <span className="flex items-center gap-2">
          <PresenceMark presence={effective_presence} />
          <span className="min-w-0">
            <span className="block truncate font-medium">
              {name}
              <FixedMark fields={fixed} />
            </span>
            <span className="block truncate text-xs text-quiet">
              {t(`presence.${effective_presence}`)}
              {effective_presence === 'away' && away_reason !== null && ` · ${t(`away.${away_reason as 'lunch'}`, { defaultValue: away_reason })}`}
              {queue_ids.length > 0 && ` · ${queueNames(queue_ids)}`}
            </span>
          </span>
        </span>
      ),
    },
    { name: t('board.since'), end: true, cell: ({ presence_since }) => <Running from={presence_since} tooLongMs={Number.POSITIVE_INFINITY} /> },
    { name: t('board.chats'), end: true, cell: ({ active }) => <Quantity value={active} /> },
    { name: t('board.load'), end: true, cell: (agent) => <Load agent={agent} /> },
    { name: t('board.unanswered'), end: true, cell: ({ oldest_unanswered_since }) => <Running from={oldest_unanswered_since} tooLongMs={UNANSWERED_TOO_LONG_MS} /> },
  ];
  return (
    <Table
      title={t('board.agents')}
      rows={agents}
      columns={columns}
      empty={t('board.no_agents')}
      order={(a, b) => RANK[a.effective_presence] - RANK[b.effective_presence] || since(b.oldest_unanswered_since, now) - since(a.oldest_unanswered_since, now) || a.name.localeCompare(b.name)}
    />
  );
}

function Load({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const { used_units: used, capacity_units: capacity } = agent;
  const share = capacity === 0 ? 0 : used / capacity;
  return (
    <span className="inline-flex items-center gap-2" title={t('board.units', { used, capacity })}>
      <span aria-hidden className="h-1.5 w-12 overflow-hidden rounded-full bg-chosen max-sm:hidden">
        <span className={clsx('block h-full origin-left rounded-full', share > 1 ? 'bg-bad' : 'bg-ink')} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
      <span className={clsx('min-w-9 text-end', share > 1 && 'font-semibold text-bad')}>{new Intl.NumberFormat(undefined, { style: 'percent' }).format(share)}</span>
    </span>
  );
}

function NumberTable({ numbers }: { numbers: NumberLine[] }) {
  const { t } = useTranslation();
  const columns: Column<NumberLine>[] = [
    {
      name: t('board.number'),
      cell: ({ name, display_phone_number, fixed }) => (
        <span className="min-w-0">
          <span className="block truncate font-medium">
            {name}
            <FixedMark fields={fixed} />
          </span>
          <span className="block truncate text-xs text-quiet">{display_phone_number}</span>
        </span>
      ),
    },
    {
      name: t('board.state'),
      cell: ({ state }) => <span className={clsx(state === 'stopped' ? 'font-semibold text-bad' : state === 'connected' ? '' : 'text-quiet')}>{t(`number.${state}`, { defaultValue: state })}</span>,
    },
    { name: t('board.waiting'), end: true, cell: ({ waiting }) => <Quantity value={waiting} now /> },
    { name: t('board.active'), end: true, cell: ({ active }) => <Quantity value={active} /> },
    { name: t('board.sends'), end: true, cell: ({ sends_waiting }) => <Quantity value={sends_waiting} /> },
  ];
  return (
    <div>
      <Table title={t('board.numbers')} rows={numbers} columns={columns} empty={t('board.no_numbers')} order={(a, b) => a.name.localeCompare(b.name)} />
      <ul className="mt-2 text-sm">
        {numbers
          .filter(({ state, state_reason }) => state === 'stopped' || state_reason !== null)
          .map((number) => (
            <li key={number.id}>
              <span className="font-medium">{number.name}</span> <span className="text-quiet">{stopText(number)}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}
