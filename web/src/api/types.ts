// The shapes of docs/api-design.md, section 4: those of openapi.json (`npm run generate`), with the words that its texts may
// hold written out. A field that is renamed, retyped or taken away there does not pass the type check here.
import type { components } from './generated/openapi';

type Schemas = components['schemas'];

/** Nothing is left out: a field that may be empty is there, as null (section 1). */
type Whole<T> = T extends (infer Item)[] ? Whole<Item>[] : T extends object ? { [Field in keyof T]-?: Whole<Exclude<T[Field], undefined>> } : T;

/** A shape with some of its fields said more exactly; each must be there, and what is said must fit what the server says. */
type Exactly<Name extends keyof Schemas, Fields extends { [Field in keyof Fields]: Field extends keyof Whole<Schemas[Name]> ? Whole<Schemas[Name]>[Field] : never }> = Omit<
  Whole<Schemas[Name]>,
  keyof Fields
> &
  Fields;

export type Id = string;
/** RFC 3339, UTC. */
export type Instant = string;

// Lists of words may grow: what a newer server says beyond them is shown by its name.
export type Role = Schemas['BuiltInRole'];
export type Permission = Schemas['Permission'];
export type ChosenPresence = Schemas['ChosenPresence'];
export type EffectivePresence = Schemas['EffectivePresence'];
export type ErrorClass = Schemas['ErrorClass'];
export type Direction = Schemas['Direction'];
export type Status = Schemas['Status'];

export type NumberLine = Whole<Schemas['Number']>;
export type RecordChange = Whole<Schemas['RecordChange']>;
/** What some hours come to. */
export type Openings = Whole<Schemas['Openings']>;
export type Queue = Whole<Schemas['Queue']>;
export type Agent = Whole<Schemas['Agent']>;
export type Me = Whole<Schemas['Me']>;
export type Contact = Whole<Schemas['Contact']>;
export type SendError = Whole<Schemas['SendError']>;
export type Waiting = Whole<Schemas['Waiting']>;
export type Board = Whole<Schemas['Board']>;

/** `agent_ids` stands beside an offer alone, hence by hand. */
export type Owner =
  | { kind: 'nobody'; id: null }
  | { kind: 'bot' | 'queue' | 'agent'; id: Id }
  | { kind: 'offered'; id: Id; agent_ids: Id[] };

export type MediaKind = Schemas['MediaKind'];
export type MessageKind = MediaKind | Exclude<Content['type'], 'media'> | 'revoked';

export type LastMessage = Exactly<'LastMessage', { kind: MessageKind }>;

export type Conversation = Omit<Exactly<'Conversation', { last_message: LastMessage | null }>, 'owner'> & { owner: Owner };

export interface ContactCard {
  name: string;
  phones: string[];
  emails: string[];
  organisation: string | null;
  addresses?: string[];
  links?: string[];
  birthday?: string;
}

export interface OrderLine {
  product: string;
  quantity: string;
  price: string;
  currency: string;
}

/** What the customer reads of a template, its values in their places. `type`: the provider's word for a button; `target`: where it leads. */
export interface TemplateSaid {
  header: string | null;
  body: string;
  footer: string | null;
  buttons: { type: string; text: string; target: string | null }[];
}

/** openapi.json says of a content only that it is an object: the table of section 4 is kept by hand. */
export type Content =
  | { type: 'text'; body: string }
  | { type: 'media'; kind: MediaKind; mime_type: string | null; caption: string | null; filename: string | null; voice: boolean; animated: boolean }
  | { type: 'location'; latitude: number; longitude: number; name: string | null; address: string | null }
  | { type: 'contacts'; cards: ContactCard[] }
  | { type: 'choice'; source: 'button' | 'list' | 'template_button'; id: string; title: string; description: string | null }
  | { type: 'form'; name: string | null; body: string | null; response: string }
  | { type: 'order'; catalog: string | null; note: string | null; lines: OrderLine[] }
  | { type: 'system'; what: string; text: string | null }
  | { type: 'template'; name: string; language: string; parameters: string[]; words?: TemplateSaid }
  | { type: 'unsupported'; code: number | null; what: string | null }
  | { type: 'unknown'; what: string };

export type ContentOf<Type extends Content['type']> = Extract<Content, { type: Type }>;
export type MediaContent = ContentOf<'media'>;

/** What a message said before it was edited. */
export type Version = Exactly<'Version', { content: Content }>;
export type Referral = Whole<Schemas['Referral']>;
export type Message = Exactly<'Message', { content: Content; versions: Version[] }>;

/** Why an owner changed. */
export type OwnerReason = 'opened' | 'reopened' | 'assigned' | 'picked' | 'transferred' | 'closed' | 'offered' | 'accepted' | 'taken_back' | 'disconnected';
/** What a person said of a message of which nobody knew whether it had arrived. */
export type Settled = 'sent' | 'failed' | 'resent';

export type HistoryLine = Omit<
  Exactly<'HistoryLine', { reason: OwnerReason | Settled | null }>,
  'from' | 'to'
> & { from: Owner | null; to: Owner | null };

export type List<T> = Pick<Whole<Schemas['List_User']>, 'next_cursor'> & { items: T[] };

/** RFC 9457 with a code of ours (section 2); openapi.json leaves it out. */
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

export type Tokens = Exactly<'Tokens', { token_type: 'Bearer' }>;

/** A template that WhatsApp has approved. `body`: null where the provider does not tell; `parameters`: how many it wants. */
export type Template = Whole<Schemas['Template']>;

/** A body that the server takes: what it must have is there, and nothing that it does not know. */
type Fits<Wanted, Given extends Wanted & { [Field in Exclude<keyof Given, keyof Wanted>]: never }> = Given;

/** What every message that is sent says of itself. */
interface Saying {
  conversation_id: Id;
  reply_to?: Id;
}

/** Commands of section 6, by their names on the socket. */
export interface CommandBodies {
  send:
    | Fits<Schemas['Send'], Saying & { type: 'text'; text: string }>
    | Fits<Schemas['Send'], Saying & { type: 'template'; template: Schemas['SentTemplate'] }>
    | Fits<Schemas['Send'], Saying & { type: 'media'; media: Fits<Schemas['SentMedia'], { kind: MediaKind; link: string; caption?: string; filename?: string }> }>;
  react: { conversation_id: Id } & Fits<Schemas['React'], { message_id: Id; emoji: string | null }>;
  settle: { conversation_id: Id; message_id: Id } & Fits<Schemas['Settle'], { as: 'sent' | 'failed' }>;
  resend: { conversation_id: Id; message_id: Id };
  pick: { conversation_id: Id } & Fits<Schemas['Pick'], { expected_epoch: number }>;
  close: { conversation_id: Id } & Fits<Schemas['Close'], { seen?: Id }>;
  read: { conversation_id: Id } & Fits<Schemas['Read'], { message_id: Id }>;
  presence: Fits<Schemas['Presence'], { presence: ChosenPresence; reason?: string }>;
}

export interface CommandAnswers {
  send: Whole<Schemas['Queued']>;
  react: Whole<Schemas['Reacted']>;
  settle: Whole<Schemas['Settled']>;
  resend: Whole<Schemas['Queued']>;
  pick: Whole<Schemas['Picked']>;
  close: Whole<Schemas['Touched']>;
  read: Whole<Schemas['Touched']>;
  presence: Agent;
}

export type CommandName = keyof CommandBodies;
