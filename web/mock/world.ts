// A small tenant that obeys docs/api-design.md: for development and tests only, never shipped. It keeps the rules that a
// client can see (owners, epochs, windows, positions, rights) and nothing of how the real server keeps them.
import { createHash } from 'node:crypto';
import type {
  Agent,
  Board,
  CommandBodies,
  CommandName,
  Contact,
  Content,
  Conversation,
  HistoryLine,
  Id,
  Me,
  Message,
  NumberLine,
  Owner,
  Queue,
  SendError,
  Status,
  Template,
} from '../src/api/types';
import { uuidv7 } from '../src/api/uuid';
import type { Change, EventFrame, Topic } from '../src/live/frames';
import type { Kept } from './files';
import { type Committed, DECLARED, earliest, type Outcome, permissionsOf, problem, RESENT, type User } from './told';
import { asSaid, isNewerThan, lastOf } from './said';

/** The provider knows it. */
const TAKEN = new Set<Status>(['sent', 'delivered', 'read', 'played']);
const HOUR_MS = 3_600_000;
const RING = 2_000;

class Refusal extends Error {}

/** What comes beside the words of a message. */
type Beside = Pick<Message, 'edited_at' | 'versions' | 'notice' | 'forwarded' | 'product' | 'referral'>;

export class World {
  incarnation = 'm1';
  position = 0;
  ring: Committed[] = [];
  readonly users = new Map<Id, User>();
  readonly agents = new Map<Id, Agent>();
  readonly queues = new Map<Id, Queue>();
  readonly numbers = new Map<Id, NumberLine>();
  readonly contacts = new Map<Id, Contact>();
  readonly conversations = new Map<Id, Conversation>();
  readonly messages = new Map<Id, Message[]>();
  readonly history = new Map<Id, HistoryLine[]>();
  readonly sockets = new Map<Id, number>();
  /** The templates of a number, by the number. */
  readonly templates = new Map<Id, Template[]>();
  /** The files of messages, by the message. */
  readonly files = new Map<Id, Kept>();
  /** Addresses of files that were signed in an earlier generation have ended. */
  private generation = 0;
  /** What is sent is not taken, and nobody is told. */
  losesAnswers = false;
  /** Told of each commit. */
  readonly listeners = new Set<(committed: Committed) => void>();
  /** The latest conversation of a contact with a number. */
  private readonly latest = new Map<string, Id>();
  /** What was said again, by the message it repeats. */
  private readonly resent = new Map<Id, Id>();
  private readonly recorded = new Map<string, { fingerprint: string; outcome: Outcome }>();
  private clock: number;
  constructor(
    private readonly now: () => number = Date.now,
    private readonly newId: () => Id = uuidv7,
  ) {
    this.clock = now();
  }

  at(): string {
    this.clock = Math.max(this.clock, this.now());
    return new Date(this.clock).toISOString();
  }

  commit(cause: Id | null, actor: Id | null, changes: Committed['changes']): void {
    const committed = { position: this.position, at: this.at(), cause, actor, changes };
    this.ring.push(committed);
    if (this.ring.length > RING) this.ring.shift();
    for (const listener of this.listeners) listener(committed);
  }

  // ------------------------------------------------------------------------------------------------ what happens

  inbound(contact: Id, number: Id, content: Content, replyTo: Id | null = null, beside: Partial<Beside> = {}): Message {
    const line = this.must(this.numbers, number);
    const person = this.must(this.contacts, contact);
    const at = this.at();
    const latest = this.conversations.get(this.latest.get(`${contact}:${number}`) ?? '');
    const open = latest?.state === 'closed' ? undefined : latest;
    const before = open ?? null;
    const changes: Committed['changes'] = [];
    const identifier = person.identifiers[0] ?? null;
    const conversation: Conversation = open ?? {
      id: this.newId(), thread_id: this.newId(), number_id: number, contact: { id: contact, name: person.name, username: person.username, identifier },
      state: 'queued', owner: { kind: 'nobody', id: null }, owner_epoch: 0, queue_id: line.queue_id, opened_at: at, enqueued_at: at,
      closed_at: null, waiting_since: null, window_until: null, unanswered: 0, unread: 0, reply_clock: null, last_message: null, referral: null,
    };
    let next = conversation;
    if (open === undefined) {
      changes.push(this.line(conversation, 'conversation_opened', null));
      next = this.give(next, { kind: 'queue', id: line.queue_id }, 'opened', null, changes);
    }
    this.position += 1;
    const message = this.message(next, { direction: 'inbound', status: 'received', content, author: { kind: 'contact', id: contact }, reply_to: replyTo, ...beside });
    if (beside.referral) next = { ...next, referral: next.referral ?? beside.referral };
    if (beside.notice !== true) next = {
      ...next, unanswered: next.unanswered + 1, unread: next.unread + 1, waiting_since: next.waiting_since ?? at,
      window_until: new Date(this.clock + 24 * HOUR_MS).toISOString(), last_message: lastOf(message),
    };
    changes.push({ change: { name: 'message.created', body: message }, before: null });
    this.keep(next, before, changes);
    this.commit(null, null, changes);
    return message;
  }

  status(conversationId: Id, messageId: Id, status: Status, error: SendError | null = null): void {
    const list = this.messages.get(conversationId) ?? [];
    const index = list.findIndex((message) => message.id === messageId);
    const old = list[index];
    if (old === undefined) return;
    const provider_message_id = old.provider_message_id ?? (TAKEN.has(status) ? `wamid.${old.id}` : null);
    this.position += 1;
    this.commit(null, null, [this.moved({ ...old, status, error, provider_message_id })]);
  }

  private moved(message: Message): Committed['changes'][number] {
    const { id, conversation_id, status, error, waiting, provider_message_id } = message;
    const list = this.messages.get(conversation_id) ?? [];
    list[list.findIndex((one) => one.id === id)] = message;
    const conversation = this.must(this.conversations, conversation_id);
    if (conversation.last_message?.id === id) this.conversations.set(conversation_id, { ...conversation, last_message: { ...conversation.last_message, status } });
    return { change: { name: 'message.status', body: { id, conversation_id, status, error, waiting, provider_message_id } }, before: null };
  }

  /** The customer reacts to something. */
  react(conversationId: Id, messageId: Id, emoji: string): void {
    this.change(conversationId, messageId, (old) => ({ reactions: [...old.reactions.filter(({ by }) => by !== 'inbound'), { by: 'inbound' as const, emoji }] }));
  }

  /** The file of a message has come, or will not. */
  fetched(conversationId: Id, messageId: Id, file: Kept | 'fetching' | 'failed' | 'gone'): void {
    if (typeof file === 'object') this.files.set(messageId, file);
    const media = typeof file === 'object' ? { state: 'ready' as const, url: this.addressOf(messageId), size_bytes: file.bytes.length, reason: null } : { state: file, url: null, size_bytes: null, reason: file === 'fetching' ? null : 'the provider answered 404' };
    this.change(conversationId, messageId, () => ({ media }));
  }

  /** As `message`, with an address of its file that is good from now on. */
  signed(message: Message): Message {
    return message.media?.state === 'ready' ? { ...message, media: { ...message.media, url: this.addressOf(message.id) } } : message;
  }

  fileAt(token: string): Kept | undefined {
    const [id, generation] = token.split('~');
    return generation === String(this.generation) ? this.files.get(id ?? '') : undefined;
  }

  endAddresses(): void {
    this.generation += 1;
  }

  /** A number falls silent, or comes back. */
  setNumber(id: Id, state: NumberLine['state'], reason: NumberLine['state_reason']): void {
    const number = { ...this.must(this.numbers, id), state, state_reason: reason };
    this.numbers.set(id, number);
    this.position += 1;
    this.commit(null, null, [{ change: { name: 'number.changed', body: number }, before: null }]);
  }

  private addressOf(id: Id): string {
    return `/api/v1/media/${id}~${this.generation}`;
  }

  private change(conversationId: Id, messageId: Id, how: (old: Message) => Partial<Message>, cause: Id | null = null, actor: Id | null = null): void {
    const list = this.messages.get(conversationId) ?? [];
    const index = list.findIndex((message) => message.id === messageId);
    const old = list[index];
    if (old === undefined) throw new Refusal('not_found');
    const changed = { ...old, ...how(old) };
    list[index] = changed;
    this.position += 1;
    this.commit(cause, actor, [{ change: { name: 'message.changed', body: changed }, before: null }]);
  }

  command(user: User, id: Id, name: CommandName, body: unknown): Outcome & { replayed?: boolean } {
    const key = `${user.id}:${id}`;
    const fingerprint = createHash('sha256').update(JSON.stringify([name, body])).digest('hex');
    const before = this.recorded.get(key);
    if (before !== undefined) {
      return before.fingerprint === fingerprint ? { ...before.outcome, replayed: true } : { ok: false, problem: problem('idempotency_key_reused') };
    }
    let outcome: Outcome;
    try {
      outcome = { ok: true, body: this.decide(user, id, name, body) };
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      outcome = { ok: false, problem: problem(refusal.message) };
    }
    this.recorded.set(key, { fingerprint, outcome });
    return outcome;
  }

  private decide(user: User, cause: Id, name: CommandName, body: unknown): unknown {
    switch (name) {
      case 'send':
        return this.send(user, cause, body as CommandBodies['send']);
      case 'react':
        return this.reacts(user, cause, body as CommandBodies['react']);
      case 'settle':
        return this.settle(user, cause, body as CommandBodies['settle']);
      case 'resend':
        return this.resend(user, cause, body as CommandBodies['resend']);
      case 'pick':
        return this.pick(user, cause, body as CommandBodies['pick']);
      case 'close':
        return this.close(user, cause, body as CommandBodies['close']);
      case 'read':
        return this.read(user, cause, body as CommandBodies['read']);
      case 'presence':
        return this.presence(user, cause, body as CommandBodies['presence']);
      default:
        throw new Refusal('malformed');
    }
  }

  private send(user: User, cause: Id, body: CommandBodies['send']): unknown {
    const conversation = this.own(user, body.conversation_id);
    if (conversation.state === 'closed') throw new Refusal('not_open');
    const content = this.said(conversation, body);
    if (content.type !== 'template') this.mustBeOpen(conversation);
    if (body.reply_to !== undefined && this.messages.get(conversation.id)?.some(({ id, provider_message_id }) => id === body.reply_to && provider_message_id !== null) !== true) throw new Refusal('not_found');
    return this.says(user, cause, conversation, content, body.reply_to ?? null, []);
  }

  private says(user: User, cause: Id, conversation: Conversation, content: Content, replyTo: Id | null, changes: Committed['changes']): unknown {
    this.position += 1;
    const message = this.message(conversation, { direction: 'outbound', status: 'queued', content, author: { kind: 'agent', id: user.id }, reply_to: replyTo });
    changes.push({ change: { name: 'message.created', body: message }, before: null });
    this.keep({ ...conversation, unanswered: 0, unread: 0, waiting_since: null, reply_clock: null, last_message: lastOf(message) }, conversation, changes);
    this.commit(cause, user.id, changes);
    return { conversation_id: conversation.id, message_id: message.id };
  }

  private settle(user: User, cause: Id, { conversation_id, message_id, as }: CommandBodies['settle']): unknown {
    const { conversation, message } = this.ownMessage(user, conversation_id, message_id);
    if (message.status !== 'unknown') throw new Refusal('not_unknown');
    const line = this.line(conversation, 'message_settled', user.id, { message_id, reason: as });
    this.position += 1;
    this.commit(cause, user.id, [line, this.moved({ ...message, status: as, error: as === 'failed' ? DECLARED : null })]);
    return { conversation_id, message_id };
  }

  private resend(user: User, cause: Id, { conversation_id, message_id }: CommandBodies['resend']): unknown {
    const { conversation, message } = this.ownMessage(user, conversation_id, message_id);
    const before = this.resent.get(message_id);
    if (before !== undefined) return { conversation_id, message_id: before };
    if (message.status !== 'unknown' && message.status !== 'failed') throw new Refusal('not_failed');
    if (message.content.type !== 'template') this.mustBeOpen(conversation);
    const changes = [this.line(conversation, 'message_settled', user.id, { message_id, reason: 'resent' })];
    this.position += 1;
    if (message.status === 'unknown') changes.push(this.moved({ ...message, status: 'failed', error: RESENT }));
    const queued = this.says(user, cause, this.must(this.conversations, conversation_id), message.content, message.reply_to, changes) as { message_id: Id };
    this.resent.set(message_id, queued.message_id);
    return queued;
  }

  private ownMessage(user: User, conversationId: Id, id: Id): { conversation: Conversation; message: Message } {
    const conversation = this.own(user, conversationId);
    if (conversation.state === 'closed') throw new Refusal('not_open');
    const message = this.messages.get(conversationId)?.find((one) => one.id === id);
    if (message === undefined) throw new Refusal('not_found');
    return { conversation, message };
  }

  private said(conversation: Conversation, body: CommandBodies['send']): Content {
    switch (body.type) {
      case 'text':
        if (body.text.trim() === '') throw new Refusal('empty');
        if (Array.from(body.text).length > 4096) throw new Refusal('too_long');
        return { type: 'text', body: body.text };
      case 'media': {
        const { kind, link, caption, filename } = body.media;
        if (!link.startsWith('https://')) throw new Refusal('invalid');
        return { type: 'media', kind, mime_type: null, caption: caption ?? null, filename: filename ?? null, voice: false, animated: false };
      }
      case 'template': {
        const { name, language, parameters } = body.template;
        const known = this.templates.get(conversation.number_id)?.find((one) => one.name === name && one.language === language);
        if (known === undefined || known.parameters !== parameters.length) throw new Refusal('invalid');
        return asSaid(known, parameters);
      }
    }
  }

  private reacts(user: User, cause: Id, { conversation_id, message_id, emoji }: CommandBodies['react']): unknown {
    this.mustBeOpen(this.own(user, conversation_id));
    const kept = (reactions: Message['reactions']) => reactions.filter(({ by }) => by !== 'outbound');
    this.change(conversation_id, message_id, (old) => ({ reactions: emoji === null ? kept(old.reactions) : [...kept(old.reactions), { by: 'outbound', emoji }] }), cause, user.id);
    return { conversation_id, message_id };
  }

  private own(user: User, id: Id): Conversation {
    const conversation = this.seen(user, id);
    if (conversation.state !== 'closed' && (conversation.owner.kind !== 'agent' || conversation.owner.id !== user.id)) throw new Refusal('not_owner');
    return conversation;
  }

  private mustBeOpen({ window_until: until }: Conversation): void {
    if (until === null || Date.parse(until) <= Date.parse(this.at())) throw new Refusal('service_window_closed');
  }

  private pick(user: User, cause: Id, body: CommandBodies['pick']): unknown {
    const conversation = this.seen(user, body.conversation_id);
    if (conversation.state === 'closed') throw new Refusal('not_open');
    if (conversation.owner.kind === 'agent' && conversation.owner.id === user.id) return { conversation_id: conversation.id, owner_epoch: conversation.owner_epoch };
    if (conversation.owner_epoch !== body.expected_epoch) throw new Refusal('stale_epoch');
    if (conversation.owner.kind !== 'queue') throw new Refusal('not_owner');
    const changes: Committed['changes'] = [];
    const next = this.give(conversation, { kind: 'agent', id: user.id }, 'picked', user.id, changes);
    this.keep(next, conversation, changes);
    this.commit(cause, user.id, changes);
    return { conversation_id: next.id, owner_epoch: next.owner_epoch };
  }

  private close(user: User, cause: Id, body: CommandBodies['close']): unknown {
    const conversation = this.seen(user, body.conversation_id);
    if (conversation.state === 'closed') throw new Refusal('not_open');
    if (conversation.owner.kind !== 'agent' || conversation.owner.id !== user.id) throw new Refusal('not_owner');
    if (body.seen !== undefined && isNewerThan(body.seen, this.messages.get(conversation.id) ?? [])) throw new Refusal('newer_message');
    const changes = [this.line(conversation, 'conversation_closed', user.id)];
    const next = this.give({ ...conversation, closed_at: this.at(), waiting_since: null }, { kind: 'nobody', id: null }, 'closed', user.id, changes);
    this.keep(next, conversation, changes);
    this.commit(cause, user.id, changes);
    return { conversation_id: conversation.id };
  }

  private read(user: User, cause: Id, body: CommandBodies['read']): unknown {
    const conversation = this.seen(user, body.conversation_id);
    if (conversation.owner.kind !== 'agent' || conversation.owner.id !== user.id) throw new Refusal('not_owner');
    const list = this.messages.get(conversation.id) ?? [];
    const upTo = list.findIndex((message) => message.id === body.message_id);
    if (upTo < 0) throw new Refusal('not_found');
    const unread = list.slice(upTo + 1).filter(({ direction }) => direction === 'inbound').length;
    if (unread < conversation.unread) {
      this.position += 1;
      const changes: Committed['changes'] = [];
      this.keep({ ...conversation, unread }, conversation, changes);
      this.commit(cause, user.id, changes);
    }
    return { conversation_id: conversation.id };
  }

  private presence(user: User, cause: Id, body: CommandBodies['presence']): unknown {
    const agent = this.agents.get(user.id);
    if (agent === undefined) throw new Refusal('forbidden');
    if (!['online', 'busy', 'away', 'transfers_only', 'offline'].includes(body.presence)) throw new Refusal('invalid');
    this.position += 1;
    this.agents.set(user.id, { ...agent, chosen_presence: body.presence, away_reason: body.reason ?? null, presence_since: this.at() });
    this.measure();
    const changed = this.must(this.agents, user.id);
    this.commit(cause, user.id, [{ change: { name: 'agent.changed', body: changed }, before: null }]);
    return changed;
  }

  /** Another agent, played by nobody, does something. */
  act(agent: Id, name: CommandName, body: unknown): Outcome {
    return this.command(this.must(this.users, agent), this.newId(), name, body);
  }

  // ------------------------------------------------------------------------------------------------ who sees what

  sees(user: User, conversation: Conversation): boolean {
    if (user.role !== 'agent') return true;
    const { owner } = conversation;
    if (owner.kind === 'agent') return owner.id === user.id;
    if (owner.kind === 'nobody') return this.lastOwner(conversation.id) === user.id;
    return this.agents.get(user.id)?.queue_ids.includes(conversation.queue_id) ?? false;
  }

  seen(user: User, id: Id): Conversation {
    const conversation = this.conversations.get(id);
    if (conversation === undefined || !this.sees(user, conversation)) throw new Refusal('not_found');
    return conversation;
  }

  /** What of a commit this user is told, by the rights of now. */
  visible(user: User, committed: Committed, topics: { has(topic: Topic): boolean }): EventFrame | null {
    const changes = committed.changes.flatMap(({ change, before }) => this.visibleChange(user, change, before, topics));
    if (changes.length === 0) return null;
    return { type: 'event', position: committed.position, at: committed.at, cause: committed.actor === user.id ? committed.cause : null, changes };
  }

  private visibleChange(user: User, change: Change, before: Conversation | null, topics: { has(topic: Topic): boolean }): Change[] {
    if (change.name === 'conversation.upserted') {
      const { id } = change.body;
      if (!topics.has('inbox') && !topics.has(`conversation:${id}`)) return [];
      const now = this.conversations.get(id);
      if (now !== undefined && this.sees(user, now)) return [change];
      const wasSeen = before !== null && (this.sees(user, before) || this.sees(user, change.body));
      return wasSeen ? [{ name: 'conversation.removed', body: { id, reason: 'taken' } }] : [];
    }
    if (change.name === 'agent.changed' || change.name === 'number.changed' || change.name === 'record.changed') {
      return topics.has('inbox') ? [change] : [];
    }
    if (change.name === 'contact.changed' || change.name === 'conversation.removed') return [];
    const conversation = this.conversations.get(change.body.conversation_id);
    if (conversation === undefined || !this.sees(user, conversation)) return [];
    const told = topics.has(`conversation:${conversation.id}`) || (change.name === 'message.status' && topics.has('inbox'));
    return told ? [change] : [];
  }

  me(user: User): Me {
    this.measure();
    return {
      user: { id: user.id, name: user.name, email: user.email, role: user.role, role_id: null },
      tenant: { id: '0193a000-0000-7000-8000-000000000001', name: 'Loja Azul' },
      permissions: permissionsOf(user),
      language: user.language,
      agent: this.agents.get(user.id) ?? null,
    };
  }

  board(): Board {
    this.measure();
    return { at: this.at(), numbers: [...this.numbers.values()], queues: [...this.queues.values()], agents: [...this.agents.values()] };
  }

  /** Recounts what is derived, never incremented. */
  measure(): void {
    const open = [...this.conversations.values()].filter(({ state }) => state !== 'closed');
    for (const agent of this.agents.values()) {
      const own = open.filter(({ owner }) => owner.kind === 'agent' && owner.id === agent.id);
      const connected = (this.sockets.get(agent.id) ?? 0) > 0;
      const effective_presence = agent.chosen_presence !== 'offline' && !connected ? 'disconnected' : agent.chosen_presence;
      this.agents.set(agent.id, { ...agent, active: own.length, used_units: own.length * 20, effective_presence, oldest_unanswered_since: earliest(own.map((c) => c.waiting_since)) });
    }
    for (const queue of this.queues.values()) {
      const waiting = open.filter(({ owner }) => owner.kind === 'queue' && owner.id === queue.id);
      const online = queue.member_ids.filter((id) => this.agents.get(id)?.effective_presence === 'online');
      const active = open.filter((c) => c.queue_id === queue.id && c.owner.kind === 'agent').length;
      this.queues.set(queue.id, { ...queue, waiting: waiting.length, oldest_waiting_since: earliest(waiting.map((c) => c.enqueued_at)), active, agents_online: online.length });
    }
    for (const number of this.numbers.values()) {
      const own = open.filter(({ number_id }) => number_id === number.id);
      this.numbers.set(number.id, { ...number, waiting: own.filter((c) => c.owner.kind === 'queue').length, active: own.filter((c) => c.owner.kind === 'agent').length });
    }
  }

  // ------------------------------------------------------------------------------------------------ small parts

  private give(conversation: Conversation, to: Owner, reason: HistoryLine['reason'], actor: Id | null, changes: Committed['changes']): Conversation {
    const state = to.kind === 'agent' ? 'active' : to.kind === 'nobody' ? 'closed' : 'queued';
    const next: Conversation = { ...conversation, owner: to, owner_epoch: conversation.owner_epoch + 1, state, reply_clock: null };
    changes.push(this.line(next, 'owner_changed', actor, { from: conversation.owner, to, reason }));
    return next;
  }

  private line(conversation: Conversation, kind: HistoryLine['kind'], actor: Id | null, more: Partial<Pick<HistoryLine, 'from' | 'to' | 'reason' | 'message_id'>> = {}): Committed['changes'][number] {
    this.position += 1;
    const line: HistoryLine = {
      id: this.newId(), conversation_id: conversation.id, position: this.position, at: this.at(), kind, from: null, to: null, owner_epoch: conversation.owner_epoch, reason: null, message_id: null, actor_id: actor, ...more,
    };
    this.history.set(conversation.id, [...(this.history.get(conversation.id) ?? []), line]);
    return { change: { name: 'history.added', body: line }, before: null };
  }

  private message(conversation: Conversation, said: Pick<Message, 'direction' | 'status' | 'content' | 'author' | 'reply_to'> & Partial<Beside>): Message {
    const at = this.at();
    const media = said.content.type === 'media' ? { state: 'not_fetched' as const, url: null, size_bytes: null, reason: null } : null;
    const message: Message = {
      id: this.newId(), conversation_id: conversation.id, thread_id: conversation.thread_id, number_id: conversation.number_id, position: this.position,
      error: null, waiting: null, provider_message_id: said.direction === 'inbound' ? `wamid.${this.position}` : null, said_at: at, recorded_at: at, edited_at: null, revoked_at: null, versions: [], notice: false, forwarded: null, product: null, referral: null, reactions: [], media, pricing: null, ...said,
    };
    const list = this.messages.get(conversation.id) ?? [];
    list.push(message);
    this.messages.set(conversation.id, list);
    return message;
  }

  private keep(conversation: Conversation, before: Conversation | null, changes: Committed['changes']): void {
    this.conversations.set(conversation.id, conversation);
    this.latest.set(`${conversation.contact.id}:${conversation.number_id}`, conversation.id);
    changes.push({ change: { name: 'conversation.upserted', body: conversation }, before });
  }

  private lastOwner(conversation: Id): Id | null {
    const changes = (this.history.get(conversation) ?? []).filter(({ from }) => from?.kind === 'agent');
    return changes.at(-1)?.from?.id ?? null;
  }

  private must<T>(map: Map<Id, T>, id: Id): T {
    const found = map.get(id);
    if (found === undefined) throw new Refusal('not_found');
    return found;
  }
}
