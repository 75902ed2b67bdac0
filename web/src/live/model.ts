// What this client believes of the tenant. Frames and answers are folded in here, in whatever order they come, and it
// converges on what the server holds (docs/api-design.md, section 9). No input or output, no clock, no React.
import type { Agent, Board, Contact, Conversation, Id, Message, NumberLine, Queue } from '../api/types';
import { Chat } from './chat';
import { Cursor } from './cursor';
import type { BoardFrame, Change, InboxSnapshotFrame, ServerFrame, SnapshotFrame, Topic, TypingFrame } from './frames';
import { KnownMap } from './known';

const CHATS_AT_HAND = 30;
/** Lines of closed conversations that nobody looks at: as many as a search brings. */
const CLOSED_AT_HAND = 100;

export class Model {
  readonly cursor = new Cursor();
  readonly conversations = new KnownMap<Conversation>();
  readonly numbers = new KnownMap<NumberLine>();
  readonly queues = new KnownMap<Queue>();
  readonly agents = new KnownMap<Agent>();
  readonly contacts = new KnownMap<Contact>();
  readonly chats = new Map<Id, Chat>();
  board: Board | null = null;
  /** The signed-in agent as the server sees them. */
  self: Agent | null = null;
  readonly typing = new Map<Id, TypingFrame>();
  /** More open conversations exist than the snapshot carried. */
  inboxTruncated = false;
  /** Rises with each change of a conversation: what lists are drawn from. */
  listVersion = 0;
  /** The number of each subscription that stands: the answer to an older one holds nothing. */
  private readonly subscriptions = new Map<Topic, number>();
  private readonly closed = new Set<Id>();
  /** Whose chat it is: contacts are at hand for the chats at hand. */
  private readonly contactOf = new Map<Id, Id>();
  private inboxParts: { asOf: number; ids: Set<Id> } | null = null;

  fold(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        if (frame.mode === 'snapshot') this.begin(frame.incarnation);
        return;
      case 'resync':
        this.begin(frame.incarnation);
        return;
      case 'snapshot':
        this.snapshot(frame);
        if (frame.last && this.isCurrent(frame.topic, frame.subscription)) this.cursor.hold(frame.topic, frame.as_of);
        return;
      case 'event':
        for (const change of frame.changes) this.change(change, frame.position);
        this.cursor.advance(frame.position);
        return;
      case 'watermark':
        this.cursor.advance(frame.position);
        return;
      case 'board':
        this.board = foldBoard(this.board, frame);
        return;
      case 'directory': {
        // It has no position: it holds as of what was folded so far, and the next snapshot brings it again.
        const at = this.cursor.position ?? 0;
        for (const number of frame.numbers) this.numbers.putNewest(number, at);
        for (const queue of frame.queues) this.queues.putNewest(queue, at);
        return;
      }
      case 'presence':
        this.self = frame.agent;
        return;
      case 'typing':
        if (this.chats.has(frame.conversation_id)) this.typing.set(frame.conversation_id, frame);
        return;
      case 'refused':
        if (!this.isCurrent(frame.topic, frame.subscription)) return;
        this.subscriptions.delete(frame.topic);
        this.cursor.held.delete(frame.topic);
        if (frame.topic.startsWith('conversation:')) this.forget(frame.topic.slice('conversation:'.length));
        return;
      default:
        return;
    }
  }

  chat(id: Id): Chat {
    const chat = this.chats.get(id) ?? new Chat();
    this.chats.set(id, chat);
    return chat;
  }

  /** The newest message of it that the page shows: in the open conversation, else in its line of the list. */
  newestSeen(id: Id): Id | null {
    const inList = this.conversations.get(id)?.last_message?.id;
    const inChat = this.chats.get(id)?.messages.at(-1)?.id;
    return (this.cursor.held.has(`conversation:${id}`) ? (inChat ?? inList) : (inList ?? inChat)) ?? null;
  }

  /** Conversations of an answer to a read. */
  foldConversations(conversations: Conversation[], at: number): void {
    for (const conversation of conversations) {
      if (!this.conversations.put(conversation, at)) continue;
      this.listVersion += 1;
      // Again the newest of the closed ones, or none of them.
      this.closed.delete(conversation.id);
      if (conversation.state === 'closed') this.closed.add(conversation.id);
    }
    this.letGo();
  }

  /** What was said in a closed conversation goes when nobody looks at it; of their lines the newest stay. */
  private letGo(): void {
    for (const id of this.closed) {
      if (this.subscriptions.has(`conversation:${id}`)) continue;
      this.dropChat(id);
      if (this.closed.size <= CLOSED_AT_HAND) continue;
      this.closed.delete(id);
      this.conversations.letGo(id);
    }
  }

  subscribed(topic: Topic, subscription: number): void {
    this.subscriptions.set(topic, subscription);
  }

  isAsked(topic: Topic): boolean {
    return this.subscriptions.has(topic);
  }

  private isCurrent(topic: Topic, subscription: number | undefined): boolean {
    const current = this.subscriptions.get(topic);
    return current !== undefined && (subscription ?? current) === current;
  }

  /** Nobody looks at it any more. What was read stays at hand for a while. */
  release(topic: Topic): void {
    this.subscriptions.delete(topic);
    this.cursor.held.delete(topic);
    this.letGo();
    for (const id of this.chats.keys()) {
      if (this.chats.size <= CHATS_AT_HAND) return;
      if (!this.cursor.held.has(`conversation:${id}`)) this.dropChat(id);
    }
  }

  /** What was said in it, who types, and whom it is with, unless another chat of theirs is at hand. */
  private dropChat(id: Id): void {
    this.chats.delete(id);
    this.typing.delete(id);
    const contact = this.contactOf.get(id);
    if (contact === undefined) return;
    this.contactOf.delete(id);
    if (![...this.contactOf.values()].includes(contact)) this.contacts.letGo(contact);
  }

  /** Positions of another incarnation say nothing about ours: what is on screen stays until the snapshots replace it, but loses its word. */
  private begin(incarnation: string): void {
    if (this.cursor.incarnation !== null && this.cursor.incarnation !== incarnation) {
      for (const map of [this.conversations, this.numbers, this.queues, this.agents, this.contacts]) map.clear();
      this.closed.clear();
      this.chats.clear();
      this.typing.clear();
      this.contactOf.clear();
      this.listVersion += 1;
    }
    this.inboxParts = null;
    this.cursor.reset(incarnation);
  }

  private snapshot(frame: SnapshotFrame): void {
    if (frame.topic === 'inbox') this.inbox(frame);
    else if ('conversation' in frame) {
      this.foldConversations([frame.conversation], frame.as_of);
      this.contacts.put(frame.contact, frame.as_of);
      this.contactOf.set(frame.conversation.id, frame.contact.id);
      this.chat(frame.conversation.id).snapshot(frame);
    }
  }

  private inbox(frame: InboxSnapshotFrame): void {
    if (this.inboxParts?.asOf !== frame.as_of || frame.part === 1) this.inboxParts = { asOf: frame.as_of, ids: new Set() };
    const { ids } = this.inboxParts;
    for (const number of frame.directory?.numbers ?? []) this.numbers.put(number, frame.as_of);
    for (const queue of frame.directory?.queues ?? []) this.queues.put(queue, frame.as_of);
    for (const agent of frame.directory?.agents ?? []) this.agents.put(agent, frame.as_of);
    for (const conversation of frame.conversations) ids.add(conversation.id);
    this.foldConversations(frame.conversations, frame.as_of);
    if (!frame.last) return;
    this.inboxTruncated = frame.truncated;
    for (const [id, known] of [...this.conversations.entries()]) {
      if (known.at <= frame.as_of && !ids.has(id) && known.value.state !== 'closed') this.conversations.remove(id, known.at);
    }
    this.inboxParts = null;
    this.listVersion += 1;
  }

  private change(change: Change, at: number): void {
    switch (change.name) {
      case 'conversation.upserted':
        this.foldConversations([change.body], at);
        return;
      case 'conversation.removed':
        if (this.conversations.remove(change.body.id, at)) this.forget(change.body.id);
        return;
      case 'message.created':
        this.typing.delete(change.body.conversation_id);
        this.message(change.body, at);
        return;
      case 'message.changed':
        this.message(change.body, at);
        return;
      case 'message.status': {
        this.chats.get(change.body.conversation_id)?.status(change.body, at);
        const conversation = this.conversations.get(change.body.conversation_id);
        if (conversation?.last_message?.id !== change.body.id) return;
        const last_message = { ...conversation.last_message, status: change.body.status };
        this.foldConversations([{ ...conversation, last_message }], at);
        return;
      }
      case 'history.added':
        this.chats.get(change.body.conversation_id)?.line(change.body);
        return;
      case 'contact.changed':
        if (this.contacts.get(change.body.id) !== undefined) this.contacts.put(change.body, at);
        return;
      case 'agent.changed':
        this.agents.put(change.body, at);
        return;
      case 'number.changed':
        this.numbers.put(change.body, at);
        return;
    }
  }

  private message(message: Message, at: number): void {
    this.chats.get(message.conversation_id)?.put(message, at);
  }

  /** It may not be seen any more: neither it nor what was said in it. */
  private forget(id: Id): void {
    this.dropChat(id);
    this.subscriptions.delete(`conversation:${id}`);
    this.cursor.held.delete(`conversation:${id}`);
    this.listVersion += 1;
  }
}

function foldBoard(board: Board | null, frame: BoardFrame): Board {
  const { at, numbers, queues, agents } = frame;
  if (frame.full || board === null) return { at, numbers, queues, agents };
  return {
    at,
    numbers: replaceRows(board.numbers, numbers),
    queues: replaceRows(board.queues, queues),
    agents: replaceRows(board.agents, agents),
  };
}

function replaceRows<T extends { id: Id }>(rows: T[], changed: T[]): T[] {
  if (changed.length === 0) return rows;
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of changed) byId.set(row.id, row);
  return [...byId.values()];
}
