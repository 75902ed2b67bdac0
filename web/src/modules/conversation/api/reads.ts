// What is asked of the server beside the socket, and folded into the model where it belongs (api-design.md 9, rules 1 and 5).
import { readConversations, type Reading, readMessage, readMessages, readTemplates } from '../../../api/http';
import type { Conversation, Id, Message, Template } from '../../../api/types';
import type { Model } from '../../../live/model';
import { type Desk, useDesk } from '../../../live/store';

export interface Reads {
  /** Reads the next older page of a conversation; nothing happens when there is none. */
  readOlder: (conversation: Id) => Promise<void>;
  /** Reads one message: one that is quoted and not at hand, or whose file needs a new address. */
  readMessage: (id: Id) => Promise<Message>;
  /** Reads conversations that the inbox does not hold (search, closed ones) and folds them in. */
  search: (query: Record<string, string>) => Promise<{ items: Conversation[]; next: string | null }>;
  /** The templates that may be sent from a number. */
  templates: (number: Id) => Promise<Template[]>;
}

const ofDesks = new WeakMap<Desk, Reads>();

export function readsOf(desk: Desk): Reads {
  const reads = ofDesks.get(desk) ?? readsInto(desk.client.model, desk.show);
  ofDesks.set(desk, reads);
  return reads;
}

export function useReads(): Reads {
  return readsOf(useDesk());
}

/** `show`: tells the page that something was folded. */
export function readsInto(model: Model, show: () => void): Reads {
  const isOurs = (asOf: Reading<unknown>['asOf']): asOf is NonNullable<typeof asOf> => asOf !== null && asOf.incarnation === model.cursor.incarnation;
  return {
    async readOlder(conversation) {
      const chat = model.chats.get(conversation);
      if (typeof chat?.older !== 'object') return;
      const { cursor } = chat.older;
      chat.pageAsked();
      try {
        const { body, asOf } = await readMessages(conversation, cursor);
        if (isOurs(asOf)) chat.page(cursor, body.items, body.next_cursor, asOf.position);
        else chat.pageFailed();
      } catch (error) {
        chat.pageFailed();
        throw error;
      } finally {
        show();
      }
    },
    async readMessage(id) {
      const { body, asOf } = await readMessage(id);
      if (isOurs(asOf)) model.chats.get(body.conversation_id)?.put(body, asOf.position);
      show();
      return body;
    },
    async search(query) {
      const { body, asOf } = await readConversations(query);
      if (isOurs(asOf)) model.conversations.fold(body.items, asOf.position);
      show();
      return { items: body.items, next: body.next_cursor };
    },
    templates: readTemplates,
  };
}
