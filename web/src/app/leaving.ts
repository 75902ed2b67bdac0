// Signing out: what is still open or not sent, and what becomes of it.
import { signOut } from '../api/http';
import type { Id } from '../api/types';
import { isMine } from '../live/lists';
import { forgetWords, keysOnShelf } from '../live/shelf';
import type { Desk } from '../live/store';

/** Whoever leaves is not kept waiting longer than this for an answer. */
const AT_MOST_MS = 3_000;

export interface Remaining {
  /** Their own open conversations, and of these those whose customer waits for an answer. */
  open: Id[];
  waiting: number;
  /** Customers for whom something was begun, or is not sent. */
  unsent: number;
}

export function remaining({ me, client }: Desk): Remaining {
  const own = client.model.conversations.values().filter((conversation) => isMine(conversation, me.user.id) && conversation.owner.kind === 'agent');
  const prefix = `dashoffice.draft.${me.user.id}.`;
  const begun = keysOnShelf(prefix).map((key) => key.slice(prefix.length));
  const queued = client.commands.pending.flatMap(({ name, state, body }) => (name === 'send' && state !== 'accepted' && 'conversation_id' in body ? [body.conversation_id] : []));
  return { open: own.map(({ id }) => id), waiting: own.filter(({ waiting_since }) => waiting_since !== null).length, unsent: new Set([...begun, ...queued]).size };
}

/**
 * Ends the session. `close`: these conversations first, as they are on the screen; one whose customer wrote meanwhile stays open.
 * `stays`: the person has changed their mind, as long as it is not done. What becomes of their presence is the server's to say.
 */
export async function leave(desk: Desk, close: Id[] = [], stays: AbortSignal = new AbortController().signal): Promise<void> {
  const { client, closings } = desk;
  if (client.connection.phase === 'live') {
    for (const id of close) closings.close(id, client.model.conversations.newestSeen(id));
    const over = new Promise((over) => {
      setTimeout(over, AT_MOST_MS);
      stays.addEventListener('abort', over);
    });
    await Promise.race([closings.flush(), over]);
  }
  if (stays.aborted) return;
  desk.stop();
  forgetWords();
  await signOut();
}
