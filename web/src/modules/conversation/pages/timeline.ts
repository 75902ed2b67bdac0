// The rows of a conversation from top to bottom: day lines, what happened, what was said, what is still on its way.
import type { CommandBodies, Content, HistoryLine, Id, Message } from '../../../api/types';
import { daysBetween } from '../../../i18n/format';
import type { Pending } from '../../../live/commands';

export type Row =
  | { key: string; kind: 'day'; at: string }
  | { key: string; kind: 'history'; line: HistoryLine }
  /** The provider says something of the customer. */
  | { key: string; kind: 'notice'; message: Message }
  /** `first`: begins a group of the same sender and minute. */
  | { key: string; kind: 'message'; message: Message; first: boolean }
  | { key: string; kind: 'pending'; command: Pending<'send'> };

/** Lines that say what another one says as well. */
const SILENT = new Set<HistoryLine['kind']>(['conversation_opened', 'conversation_reopened', 'conversation_closed']);

export function rowsOf(messages: readonly Message[], history: readonly HistoryLine[], pending: readonly Pending[], conversation: Id, me: Id, complete: boolean): Row[] {
  const from = complete ? 0 : (messages[0]?.position ?? 0);
  const lines = history.filter((line) => line.position >= from && !SILENT.has(line.kind));
  const rows: Row[] = [];
  let before: { at: string; message: Message | null } | null = null;
  let next = 0;
  const add = (at: string, row: Row, message: Message | null) => {
    // Above the first row of an unfinished run nobody knows whether a day begins; and the scroll holds on to that row as pages come.
    const dayBegins = before === null ? complete : daysBetween(Date.parse(before.at), Date.parse(at)) !== 0;
    if (dayBegins) rows.push({ key: `day-before-${row.key}`, kind: 'day', at });
    rows.push(row);
    before = { at, message };
  };
  const addLinesBefore = (position: number) => {
    for (let line = lines[next]; line !== undefined && line.position <= position; line = lines[next]) {
      add(line.at, { key: line.id, kind: 'history', line }, null);
      next += 1;
    }
  };
  for (const message of messages) {
    addLinesBefore(message.position);
    if (message.notice) {
      add(message.recorded_at, { key: message.id, kind: 'notice', message }, null);
      continue;
    }
    add(message.recorded_at, { key: message.id, kind: 'message', message, first: !continues((before as { message: Message | null } | null)?.message ?? null, message) }, message);
  }
  addLinesBefore(Number.POSITIVE_INFINITY);
  for (const command of pending) {
    if (isHere(command, conversation) && !isShown(command, messages, me)) rows.push({ key: command.id, kind: 'pending', command });
  }
  return rows;
}

function continues(before: Message | null, message: Message): boolean {
  return before !== null && before.direction === message.direction && before.author?.id === message.author?.id && before.recorded_at.slice(0, 16) === message.recorded_at.slice(0, 16);
}

function isHere(command: Pending, conversation: Id): command is Pending<'send'> {
  return command.name === 'send' && (command.body as CommandBodies['send']).conversation_id === conversation;
}

/** It has come by itself; or it may have, and its twin is here: the answer that is under way will tell. */
function isShown({ message_id, tried, state, body, given_at }: Pending<'send'>, messages: readonly Message[], me: Id): boolean {
  if (message_id !== null) return messages.some(({ id }) => id === message_id);
  if (!tried || state === 'refused') return false;
  const since = given_at - 60_000;
  return messages.some(({ author, content, recorded_at }) => author?.id === me && isTwin(content, body) && Date.parse(recorded_at) > since);
}

function isTwin(content: Content, body: CommandBodies['send']): boolean {
  if (body.type === 'text') return content.type === 'text' && content.body === body.text;
  if (body.type === 'media') return content.type === 'media' && content.kind === body.media.kind && (content.caption ?? '') === (body.media.caption ?? '');
  return content.type === 'template' && content.name === body.template.name && content.parameters.join('\n') === body.template.parameters.join('\n');
}
