// What is left to the agent of a chat to say something, before it is taken back.
import type { Conversation } from '../api/types';

export type ReplyClock = NonNullable<Conversation['reply_clock']>;

/** Warned at so long before the end, at most; of a short clock its last quarter. */
const WARNS_MS = 30_000;

export interface ReplyTime {
  leftMs: number;
  /** It is about to be taken back. */
  ending: boolean;
}

/** Null in the first half: there is time. `now` is the server's. */
export function replyTime({ began_at, due_at }: ReplyClock, now: number): ReplyTime | null {
  const [began, due] = [Date.parse(began_at), Date.parse(due_at)];
  if (now < began + (due - began) / 2) return null;
  const leftMs = Math.max(0, due - now);
  return { leftMs, ending: leftMs <= Math.min(WARNS_MS, (due - began) / 4) };
}
