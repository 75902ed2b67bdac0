// The conversations that may be seen, as lines of a list: all open ones, and of the closed ones the newest that were looked for.
import type { Conversation, Id } from '../../../api/types';
import type { InboxSnapshotFrame, StatusNews, Topic } from '../../../live/frames';
import { KnownMap } from '../../../live/known';
import type { Core } from '../../../live/model';
import type { ChangeFolds, FrameFolds, Slice } from '../../../live/slice';
import { Chats, topicOf } from './chats';

declare module '../../../live/slice' {
  interface Slices {
    conversations: Conversations;
    chats: Chats;
  }
}

export function conversationSlices(core: Core): { conversations: Conversations; chats: Chats } {
  const chats = new Chats(core);
  // The lines first: one that may not be seen takes its chat with it.
  return { conversations: new Conversations(core, chats), chats };
}

/** Lines of closed conversations that nobody looks at: as many as a search brings. */
const CLOSED_AT_HAND = 100;

export class Conversations extends KnownMap<Conversation> implements Slice {
  /** Rises with each change of a conversation: what lists are drawn from. */
  version = 0;
  /** More open conversations exist than the snapshot carried. */
  truncated = false;
  private readonly closed = new Set<Id>();
  private parts: { asOf: number; ids: Set<Id> } | null = null;

  constructor(
    private readonly core: Core,
    private readonly chats: Chats,
  ) {
    super();
  }

  readonly frames: FrameFolds = {
    snapshot: (frame) => {
      if (frame.topic === 'inbox') this.inbox(frame);
      else if ('conversation' in frame) this.fold([frame.conversation], frame.as_of);
    },
  };
  readonly changes: ChangeFolds = {
    'conversation.upserted': (conversation, at) => this.fold([conversation], at),
    'conversation.removed': ({ id }, at) => {
      if (this.remove(id, at)) this.forget(id);
    },
    'message.status': (news, at) => this.status(news, at),
  };

  begins(other: boolean): void {
    this.parts = null;
    if (!other) return;
    this.clear();
    this.closed.clear();
    this.version += 1;
  }

  released(): void {
    this.letGoOfClosed();
  }

  refused(topic: Topic): void {
    const [kind, id] = topic.split(':');
    if (kind === 'conversation' && id !== undefined) this.forget(id);
  }

  /** Conversations of an answer to a read. */
  fold(conversations: readonly Conversation[], at: number): void {
    for (const conversation of conversations) {
      if (!this.put(conversation, at)) continue;
      this.version += 1;
      // Again the newest of the closed ones, or none of them.
      this.closed.delete(conversation.id);
      if (conversation.state === 'closed') this.closed.add(conversation.id);
    }
    this.letGoOfClosed();
  }

  /** The newest message of it that the page shows: in the open conversation, else in its line of the list. */
  newestSeen(id: Id): Id | null {
    const inList = this.get(id)?.last_message?.id;
    const inChat = this.chats.get(id)?.messages.at(-1)?.id;
    return (this.chats.isHeld(id) ? (inChat ?? inList) : (inList ?? inChat)) ?? null;
  }

  /** What was said in a closed conversation goes when nobody looks at it; of their lines the newest stay. */
  private letGoOfClosed(): void {
    for (const id of this.closed) {
      if (this.core.isAsked(topicOf(id))) continue;
      this.chats.drop(id);
      if (this.closed.size <= CLOSED_AT_HAND) continue;
      this.closed.delete(id);
      this.letGo(id);
    }
  }

  private inbox(frame: InboxSnapshotFrame): void {
    if (this.parts?.asOf !== frame.as_of || frame.part === 1) this.parts = { asOf: frame.as_of, ids: new Set() };
    const { ids } = this.parts;
    for (const { id } of frame.conversations) ids.add(id);
    this.fold(frame.conversations, frame.as_of);
    if (!frame.last) return;
    this.truncated = frame.truncated;
    for (const [id, known] of [...this.entries()]) {
      if (known.at <= frame.as_of && !ids.has(id) && known.value.state !== 'closed') this.remove(id, known.at);
    }
    this.parts = null;
    this.version += 1;
  }

  private status({ id, conversation_id, status }: StatusNews, at: number): void {
    const conversation = this.get(conversation_id);
    if (conversation?.last_message?.id !== id) return;
    this.fold([{ ...conversation, last_message: { ...conversation.last_message, status } }], at);
  }

  /** It may not be seen any more: neither it nor what was said in it. */
  private forget(id: Id): void {
    this.chats.drop(id);
    this.core.forget(topicOf(id));
    this.version += 1;
  }
}
