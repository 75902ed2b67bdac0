// The three lists of the inbox, drawn from what is known: mine, what waits in a queue, and all.
import type { Conversation, Id } from '../api/types';

export const TABS = ['mine', 'queue', 'all'] as const;
export type Tab = (typeof TABS)[number];

export function isMine(conversation: Conversation, user: Id): boolean {
  const { owner, state } = conversation;
  if (state === 'closed') return false;
  return (owner.kind === 'agent' && owner.id === user) || (owner.kind === 'offered' && owner.agent_ids.includes(user));
}

export function isWaiting({ owner }: Conversation): boolean {
  return owner.kind === 'queue' || owner.kind === 'offered';
}

function lastAt({ last_message, opened_at }: Conversation): string {
  return last_message?.at ?? opened_at;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const newestFirst = (a: Conversation, b: Conversation) => compare(lastAt(b), lastAt(a)) || compare(a.id, b.id);
const longestWaitFirst = (a: Conversation, b: Conversation) => compare(a.enqueued_at, b.enqueued_at) || compare(a.id, b.id);

export interface Lists {
  mine: Conversation[];
  queue: Conversation[];
  all: Conversation[];
}

export function listsOf(conversations: Conversation[], user: Id): Lists {
  const all = conversations.filter(({ state }) => state !== 'closed').sort(newestFirst);
  return { all, mine: all.filter((c) => isMine(c, user)), queue: all.filter(isWaiting).sort(longestWaitFirst) };
}

/** Those whose customer's name or number has the words; closed ones too. */
export function found(conversations: Conversation[], words: string): Conversation[] {
  const wanted = plain(words);
  const digits = words.replace(/\D/g, '');
  return conversations
    .filter(({ contact }) => plain(contact.name ?? '').includes(wanted) || (digits.length > 2 && (contact.identifier?.value ?? '').includes(digits)))
    .sort(newestFirst);
}

/** Without accents and case, so that "joao" finds João. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}
