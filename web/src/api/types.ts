// The shapes of docs/api-design.md, section 4, word for word. Later generated from openapi.json (`npm run generate`).

export type Id = string;
/** RFC 3339, UTC. */
export type Instant = string;

export type Role = 'administrator' | 'supervisor' | 'agent';
export type Permission =
  | 'conversations.reply'
  | 'conversations.pick'
  | 'conversations.read_all'
  | 'board.read'
  | 'users.read'
  | 'settings.write';

export type ChosenPresence = 'online' | 'busy' | 'away' | 'transfers_only' | 'offline';
export type EffectivePresence = ChosenPresence | 'not_responding' | 'disconnected';

export interface NumberLine {
  id: Id;
  name: string;
  provider: string;
  display_phone_number: string;
  queue_id: Id;
  state: 'connected' | 'connecting' | 'stopped' | 'unknown';
  state_reason: string | null;
  waiting: number;
  active: number;
  sends_waiting: number;
}

export interface Queue {
  id: Id;
  name: string;
  waiting: number;
  oldest_waiting_since: Instant | null;
  active: number;
  agents_online: number;
  member_ids: Id[];
}

export interface Agent {
  id: Id;
  name: string;
  chosen_presence: ChosenPresence;
  away_reason: string | null;
  effective_presence: EffectivePresence;
  presence_since: Instant | null;
  capacity_units: number;
  used_units: number;
  active: number;
  oldest_unanswered_since: Instant | null;
  queue_ids: Id[];
}

export interface Me {
  user: { id: Id; name: string; email: string; role: Role };
  tenant: { id: Id; name: string };
  permissions: Permission[];
  language: string | null;
  agent: Agent | null;
}

export interface Identifier {
  kind: 'wa_id' | 'scoped_user' | 'lid';
  value: string;
}

export interface Contact {
  id: Id;
  name: string | null;
  identifiers: Identifier[];
  created_at: Instant;
  last_seen_at: Instant;
}

export type ConversationState = 'bot' | 'queued' | 'offered' | 'active' | 'hold' | 'snoozed' | 'wrap_up' | 'closed';

export type Owner =
  | { kind: 'nobody'; id: null }
  | { kind: 'bot' | 'queue' | 'agent'; id: Id }
  | { kind: 'offered'; id: Id; agent_ids: Id[] };

export type Direction = 'inbound' | 'outbound';
export type Status =
  | 'received'
  | 'queued'
  | 'sending'
  | 'unknown'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'played'
  | 'failed'
  | 'cancelled';

export type MediaKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';
export type MessageKind = MediaKind | Exclude<Content['type'], 'media'>;

export interface LastMessage {
  id: Id | null;
  direction: Direction;
  kind: MessageKind;
  preview: string;
  status: Status | null;
  at: Instant;
}

export interface Conversation {
  id: Id;
  thread_id: Id;
  number_id: Id;
  contact: { id: Id; name: string | null; identifier: Identifier | null };
  state: ConversationState;
  owner: Owner;
  owner_epoch: number;
  queue_id: Id;
  opened_at: Instant;
  enqueued_at: Instant;
  closed_at: Instant | null;
  waiting_since: Instant | null;
  window_until: Instant | null;
  unanswered: number;
  unread: number;
  last_message: LastMessage | null;
}

export interface ContactCard {
  name: string;
  phones: string[];
  emails: string[];
  organisation: string | null;
}

export interface OrderLine {
  product: string;
  quantity: string;
  price: string;
  currency: string;
}

export interface MediaContent {
  type: 'media';
  kind: MediaKind;
  mime_type: string | null;
  caption: string | null;
  filename: string | null;
  voice: boolean;
  animated: boolean;
}

export type Content =
  | { type: 'text'; body: string }
  | MediaContent
  | { type: 'location'; latitude: number; longitude: number; name: string | null; address: string | null }
  | { type: 'contacts'; cards: ContactCard[] }
  | { type: 'choice'; source: 'button' | 'list' | 'template_button'; id: string; title: string; description: string | null }
  | { type: 'form'; name: string | null; body: string | null; response: string }
  | { type: 'order'; catalog: string | null; note: string | null; lines: OrderLine[] }
  | { type: 'system'; what: string; text: string | null }
  | { type: 'template'; name: string; language: string; parameters: string[] }
  | { type: 'unsupported'; code: number | null; what: string | null }
  | { type: 'unknown'; what: string };

export interface SendError {
  code: number;
  text: string;
}

export interface MediaState {
  state: 'not_fetched' | 'fetching' | 'ready' | 'failed' | 'gone';
  url: string | null;
  size_bytes: number | null;
}

export interface Message {
  id: Id;
  conversation_id: Id;
  thread_id: Id;
  number_id: Id;
  position: number;
  direction: Direction;
  status: Status;
  error: SendError | null;
  content: Content;
  author: { kind: 'agent' | 'bot' | 'contact'; id: Id } | null;
  reply_to: Id | null;
  provider_message_id: string | null;
  said_at: Instant;
  recorded_at: Instant;
  edited_at: Instant | null;
  revoked_at: Instant | null;
  reactions: { by: Direction; emoji: string }[];
  media: MediaState | null;
}

export interface HistoryLine {
  id: Id;
  conversation_id: Id;
  position: number;
  at: Instant;
  kind: 'conversation_opened' | 'conversation_reopened' | 'owner_changed' | 'conversation_closed';
  from: Owner | null;
  to: Owner | null;
  owner_epoch: number;
  reason: 'opened' | 'reopened' | 'assigned' | 'picked' | 'transferred' | 'closed' | null;
  actor_id: Id | null;
}

export interface Board {
  at: Instant;
  numbers: NumberLine[];
  queues: Queue[];
  agents: Agent[];
}

export interface List<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string | null;
  retry_after_s: number | null;
  errors: { field: string; code: string }[];
  request_id: string | null;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  token_type: 'Bearer';
  expires_in: number;
}

/** Commands of section 6, by their names on the socket. */
export interface CommandBodies {
  send: { conversation_id: Id; type: 'text'; text: string; reply_to?: Id };
  pick: { conversation_id: Id; expected_epoch: number };
  close: { conversation_id: Id };
  read: { conversation_id: Id; message_id: Id };
  presence: { presence: ChosenPresence; reason?: string };
}

export interface CommandAnswers {
  send: { conversation_id: Id; message_id: Id };
  pick: { conversation_id: Id; owner_epoch: number };
  close: { conversation_id: Id };
  read: { conversation_id: Id };
  presence: Agent;
}

export type CommandName = keyof CommandBodies;
