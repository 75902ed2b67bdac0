// The frames of the live socket: docs/api-design.md, section 7.
import type {
  Agent,
  Board,
  CommandName,
  Contact,
  Conversation,
  HistoryLine,
  Id,
  Instant,
  Message,
  NumberLine,
  Problem,
  Queue,
  SendError,
  Status,
  Waiting,
} from '../api/types';

export type Topic = 'inbox' | 'board' | `conversation:${Id}`;

export type RemovalReason = 'taken' | 'moved' | 'rights' | 'erased';

export interface StatusNews {
  id: Id;
  conversation_id: Id;
  status: Status;
  error: SendError | null;
  waiting: Waiting | null;
  provider_message_id: string | null;
}

/** Which record of which kind changed: what stands there is read. */
export interface RecordNews {
  record: string;
  id: Id;
  version: number;
  what: 'created' | 'changed' | 'archived' | 'restored' | 'removed';
  fields: string[];
}

export type Change =
  | { name: 'conversation.upserted'; body: Conversation }
  | { name: 'conversation.removed'; body: { id: Id; reason: RemovalReason } }
  | { name: 'message.created'; body: Message }
  | { name: 'message.status'; body: StatusNews }
  | { name: 'message.changed'; body: Message }
  | { name: 'history.added'; body: HistoryLine }
  | { name: 'contact.changed'; body: Contact }
  | { name: 'agent.changed'; body: Agent }
  | { name: 'number.changed'; body: NumberLine }
  | { name: 'record.changed'; body: RecordNews };

export interface WelcomeFrame {
  type: 'welcome';
  mode: 'resumed' | 'snapshot';
  incarnation: string;
  position: number;
  user_id: Id;
  connection_id: Id;
  server_time: Instant;
  server_version: string;
  heartbeat_s: number;
}

export interface EventFrame {
  type: 'event';
  position: number;
  at: Instant;
  cause: Id | null;
  changes: Change[];
}

export interface InboxSnapshotFrame {
  type: 'snapshot';
  topic: 'inbox';
  subscription?: number;
  as_of: number;
  part: number;
  last: boolean;
  truncated: boolean;
  directory?: { numbers: NumberLine[]; queues: Queue[]; agents: Agent[] };
  conversations: Conversation[];
}

export interface ConversationSnapshotFrame {
  type: 'snapshot';
  topic: `conversation:${Id}`;
  subscription?: number;
  as_of: number;
  part: number;
  last: boolean;
  truncated: boolean;
  conversation: Conversation;
  contact: Contact;
  messages: Message[];
  older_cursor: string | null;
  history: HistoryLine[];
}

export type SnapshotFrame = InboxSnapshotFrame | ConversationSnapshotFrame;

export interface ResyncFrame {
  type: 'resync';
  reason: 'lagging' | 'rights_changed' | 'incarnation_changed';
  incarnation: string;
  position: number;
}

export interface BoardFrame extends Board {
  type: 'board';
  full: boolean;
}

export interface TypingFrame {
  type: 'typing';
  conversation_id: Id;
  by: { kind: 'agent' | 'contact'; id: Id };
  until: Instant;
}

export type ResultFrame =
  | { type: 'result'; command_id: Id; ok: true; body: unknown }
  | { type: 'result'; command_id: Id; ok: false; problem: Problem };

export type ServerFrame =
  | WelcomeFrame
  | SnapshotFrame
  | EventFrame
  | { type: 'watermark'; position: number }
  | ResyncFrame
  | BoardFrame
  | { type: 'directory'; full: boolean; numbers: NumberLine[]; queues: Queue[] }
  | { type: 'presence'; agent: Agent }
  | TypingFrame
  | ResultFrame
  | { type: 'refused'; topic: Topic; subscription?: number; problem: Problem }
  | { type: 'token_accepted'; expires_in: number }
  | { type: 'ping' }
  | { type: 'pong' };

export type ClientFrame =
  | { type: 'hello'; token: string; cursor: string | null; topics: Topic[]; client: string }
  | { type: 'subscribe'; topic: Topic; subscription: number }
  | { type: 'unsubscribe'; topic: Topic }
  | { type: 'command'; id: Id; name: CommandName; body: unknown }
  | { type: 'typing'; conversation_id: Id }
  | { type: 'token'; token: string }
  | { type: 'ping' }
  | { type: 'pong' };
