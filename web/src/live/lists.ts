// The three lists of the inbox, drawn from what is known: mine, what waits in a queue, and all.
import type { Conversation, Id } from '../api/types';
import { plain } from '../i18n/plain';

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
  const wanted = plain(words).split(/\s+/u).filter((word) => word !== '');
  const digits = NUMBER.test(words) ? words.replace(/\D/gu, '') : '';
  const isNamed = ({ name, username }: Conversation['contact']) => {
    const names = `${plain(name ?? '')}\n${username === null ? '' : `@${plain(username)}`}`;
    return wanted.every((word) => names.includes(word));
  };
  return conversations
    .filter(({ contact }) => isNamed(contact) || hasDigits(contact.identifier?.value ?? '', digits))
    .sort(newestFirst);
}

/** A number as people write it, with what is copied along with one. */
const NUMBER = /^[\d\s+().\/\-\u2010-\u2015\u200e\u200f\u202a-\u202e]*\d[\d\s+().\/\-\u2010-\u2015\u200e\u200f\u202a-\u202e]*$/u;

/** Whether somebody's number has the digits in it, in whichever spelling either is written. */
function hasDigits(number: string, digits: string): boolean {
  const national = digits.replace(/^0+/u, '');
  return [digits, national].some((typed) => typed.length > 2 && (number.includes(typed) || unmarked(number).includes(unmarked(typed))));
}

/** Without the mark of mobiles that only some spellings have: Brazil 9, Mexico 1, Argentina 9, also where only a part was typed. */
function unmarked(digits: string): string {
  return digits
    .replace(/^(55\d\d)9([6-9]\d*)$/u, '$1$2')
    .replace(/^(\d\d)9([6-9]\d{7})$/u, '$1$2')
    .replace(/^521(\d{3,})$/u, '52$1')
    .replace(/^549(\d{3,})$/u, '54$1');
}
