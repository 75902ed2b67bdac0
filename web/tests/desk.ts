// A desk to play at: the real live client against the mock's world over a wire in memory, with a clock that we move.
import type { Agent, Contact, HistoryLine, NumberLine, Owner, Queue, Tokens } from '../src/api/types';
import { LiveClient, type Socket, type Surroundings } from '../src/live/client';
import type { Keep, Pending } from '../src/live/commands';
import { newModel } from '../src/live/model';
import { slices } from '../src/modules/slices';
import type { ClientFrame } from '../src/live/frames';
import { Session } from '../mock/session';
import type { Committed, User } from '../mock/told';
import { World } from '../mock/world';

/** Mulberry32: chance that can be replayed from its seed. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Clock {
  now = Date.parse('2026-11-21T12:00:00Z');
  private readonly due: { at: number; then: () => void }[] = [];

  later = (ms: number, then: () => void): (() => void) => {
    const entry = { at: this.now + ms, then };
    this.due.push(entry);
    return () => {
      const index = this.due.indexOf(entry);
      if (index >= 0) this.due.splice(index, 1);
    };
  };

  /** Lets time pass, running what falls due in order, and promises between. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (;;) {
      const next = this.due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.due.splice(this.due.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.then();
      await settle();
    }
    this.now = end;
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 12; i += 1) await Promise.resolve();
}

/** The wire of one connection. Frames towards the client wait in it until they are delivered, and are lost when it is cut. */
class Wire implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((text: string) => void) | null = null;
  onclose: ((code: number) => void) | null = null;
  readonly down: string[] = [];
  readonly sent: ClientFrame[] = [];
  open = true;
  private readonly session: Session;

  constructor(world: World, signedIn: (token: string) => User | null) {
    this.session = new Session(world, { send: (frame) => this.down.push(JSON.stringify(frame)), close: (code) => this.cut(code) }, signedIn);
  }

  send(text: string): void {
    if (!this.open) return;
    const frame = JSON.parse(text) as ClientFrame;
    this.sent.push(frame);
    this.session.receive(frame);
  }

  close(): void {
    this.cut(1000);
  }

  deliver(most: number): void {
    for (let i = 0; i < most && this.open; i += 1) {
      const text = this.down.shift();
      if (text === undefined) return;
      this.onmessage?.(text);
    }
  }

  cut(code: number): void {
    if (!this.open) return;
    this.open = false;
    this.down.length = 0;
    this.session.ended();
    this.onclose?.(code);
  }

  resync(reason: 'lagging' | 'rights_changed' | 'incarnation_changed'): void {
    this.session.resync(reason);
  }
}

export class MemoryKeep implements Keep {
  readonly kept = new Map<string, Pending>();
  load = () => [...this.kept.values()];
  save = (command: Pending) => void this.kept.set(command.id, command);
  drop = (id: string) => void this.kept.delete(id);
}

export const ANA = 'ana';
export const RUI = 'rui';

/** A tenant with one number, one queue, two agents, and customers c0, c1, … */
export function tenant(clock: Clock, customers = 4): World {
  let ids = 0;
  const world = new World(
    () => clock.now,
    () => `id-${String((ids += 1)).padStart(6, '0')}`,
  );
  const agent = (id: string): Agent => ({
    id, name: id, chosen_presence: 'online', away_reason: null, effective_presence: 'online', presence_since: null,
    capacity_units: 100, used_units: 0, active: 0, oldest_unanswered_since: null, queue_ids: ['sales'], fixed: [],
  });
  for (const id of [ANA, RUI]) {
    world.users.set(id, { id, name: id, email: `${id}@example.com`, password: 'x', role: 'agent', language: null });
    world.agents.set(id, agent(id));
  }
  const queue: Queue = { id: 'sales', name: 'Sales', waiting: 0, oldest_waiting_since: null, active: 0, agents_online: 2, member_ids: [ANA, RUI], fixed: [] };
  const number: NumberLine = { id: 'line', name: 'line', provider: 'simulated', display_phone_number: '+55', queue_id: 'sales', state: 'connected', state_reason: null, waiting: 0, active: 0, sends_waiting: 0, fixed: [] };
  world.queues.set('sales', queue);
  world.numbers.set('line', number);
  for (let i = 0; i < customers; i += 1) {
    const contact: Contact = { id: `c${i}`, name: `Customer ${i}`, username: null, identifiers: [{ kind: 'wa_id', value: `55${i}` }], marketing: [], created_at: world.at(), last_seen_at: world.at() };
    world.contacts.set(contact.id, contact);
  }
  return world;
}

/** The server moves a chat by itself: to an agent, or back to the queue. */
export function moves(world: World, id: string, to: string | null, reason: HistoryLine['reason']): void {
  const conversation = world.conversations.get(id);
  if (conversation === undefined || conversation.state === 'closed') return;
  const changes: Committed['changes'] = [];
  const owner: Owner = to === null ? { kind: 'queue', id: conversation.queue_id } : { kind: 'agent', id: to };
  const next = world['give'](conversation, owner, reason, null, changes);
  world['keep'](next, conversation, changes);
  world.commit(null, null, changes);
}

/** The service window has ended. */
export function shuts(world: World, id: string): void {
  const conversation = world.conversations.get(id);
  if (conversation === undefined) return;
  const changes: Committed['changes'] = [];
  world.position += 1;
  const window_until = new Date(Date.parse(world.at()) - 60_000).toISOString();
  world['keep']({ ...conversation, window_until }, conversation, changes);
  world.commit(null, null, changes);
}

/** A reply clock runs, or another one than before. */
export function runs(world: World, id: string, beganAt: number, dueAt: number): void {
  const conversation = world.conversations.get(id);
  if (conversation === undefined) return;
  const changes: Committed['changes'] = [];
  world.position += 1;
  const reply_clock = { began_at: new Date(beganAt).toISOString(), due_at: new Date(dueAt).toISOString() };
  world['keep']({ ...conversation, reply_clock }, conversation, changes);
  world.commit(null, null, changes);
}

export class Desk {
  wire: Wire | null = null;
  readonly wires: Wire[] = [];
  readonly client: LiveClient;
  readonly surroundings: Surroundings;
  /** Whether the network lets new connections through. */
  reachable = true;
  token: { token: string; expiresAt: number } | null;

  constructor(
    readonly world: World,
    readonly clock: Clock,
    readonly user: string,
    readonly random: () => number = () => 0.5,
    readonly keep: Keep = new MemoryKeep(),
  ) {
    this.token = { token: user, expiresAt: clock.now + 900_000_000 };
    let ids = 0;
    this.surroundings = {
      open: () => this.open(),
      token: () => Promise.resolve(this.token),
      now: () => clock.now,
      random,
      later: clock.later,
      newId: () => `${user}-command-${(ids += 1)}-${Math.floor(random() * 1e9)}`,
      version: 'test',
    };
    this.client = new LiveClient(newModel(slices), this.surroundings, keep, () => {});
  }

  /** Delivers everything that is under way, and what that brings. */
  async converse(): Promise<void> {
    for (let i = 0; i < 50; i += 1) {
      await this.clock.pass(0);
      if (this.wire === null || this.wire.down.length === 0) return;
      this.wire.deliver(1_000);
    }
  }

  private open(): Socket {
    const wire = new Wire(this.world, (token) => this.world.users.get(token) ?? null);
    this.wires.push(wire);
    this.wire = wire;
    this.clock.later(1, () => {
      if (this.reachable) wire.onopen?.();
      else wire.cut(1006);
    });
    return wire;
  }
}

export type { Tokens };
