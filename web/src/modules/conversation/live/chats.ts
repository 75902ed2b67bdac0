// What was said in the conversations that are at hand, who types there, and whom they are with.
import type { Contact, Id, Message } from '../../../api/types';
import type { ConversationSnapshotFrame, Topic, TypingFrame } from '../../../live/frames';
import { KnownMap } from '../../../live/known';
import type { Core } from '../../../live/model';
import type { ChangeFolds, FrameFolds, Slice } from '../../../live/slice';
import { Chat } from './chat';

const CHATS_AT_HAND = 30;

export class Chats extends Map<Id, Chat> implements Slice {
  readonly contacts = new KnownMap<Contact>();
  readonly typing = new Map<Id, TypingFrame>();
  /** Whose chat it is: contacts are at hand for the chats at hand. */
  private readonly contactOf = new Map<Id, Id>();

  constructor(private readonly core: Core) {
    super();
  }

  readonly frames: FrameFolds = {
    snapshot: (frame) => {
      if ('conversation' in frame) this.whole(frame);
    },
    typing: (frame) => {
      if (this.has(frame.conversation_id)) this.typing.set(frame.conversation_id, frame);
    },
  };
  readonly changes: ChangeFolds = {
    'message.created': (message, at) => {
      this.typing.delete(message.conversation_id);
      this.message(message, at);
    },
    'message.changed': (message, at) => this.message(message, at),
    'message.status': (news, at) => this.get(news.conversation_id)?.status(news, at),
    'history.added': (line) => this.get(line.conversation_id)?.line(line),
    'contact.changed': (contact, at) => {
      if (this.contacts.get(contact.id) !== undefined) this.contacts.put(contact, at);
    },
  };

  begins(other: boolean): void {
    if (!other) return;
    this.clear();
    this.contacts.clear();
    this.typing.clear();
    this.contactOf.clear();
  }

  released(): void {
    for (const id of this.keys()) {
      if (this.size <= CHATS_AT_HAND) return;
      if (!this.isHeld(id)) this.drop(id);
    }
  }

  shows(conversation: Id, message: Id): boolean {
    return this.get(conversation)?.has(message) === true;
  }

  isHeld(id: Id): boolean {
    return this.core.cursor.held.has(topicOf(id));
  }

  /** What was said in it, who types, and whom it is with, unless another chat of theirs is at hand. */
  drop(id: Id): void {
    this.delete(id);
    this.typing.delete(id);
    const contact = this.contactOf.get(id);
    if (contact === undefined) return;
    this.contactOf.delete(id);
    if (![...this.contactOf.values()].includes(contact)) this.contacts.letGo(contact);
  }

  private whole(frame: ConversationSnapshotFrame): void {
    const { id } = frame.conversation;
    this.contacts.put(frame.contact, frame.as_of);
    this.contactOf.set(id, frame.contact.id);
    const chat = this.get(id) ?? new Chat();
    this.set(id, chat);
    chat.snapshot(frame);
  }

  private message(message: Message, at: number): void {
    this.get(message.conversation_id)?.put(message, at);
  }
}

export function topicOf(id: Id): Topic {
  return `conversation:${id}`;
}
