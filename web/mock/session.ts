// One socket's conversation with the mock: hello, welcome, snapshots, events by today's rights, commands, resume from the ring.
import type { Conversation, Id } from '../src/api/types';
import type { ClientFrame, ServerFrame, Topic } from '../src/live/frames';
import { type Committed, permissionsOf, problem, type User } from './told';
import type { World } from './world';

const PART = 200;
const NEWEST = 50;

export interface Wire {
  send(frame: ServerFrame): void;
  close(code: number): void;
}

export class Session {
  private user: User | null = null;
  private readonly topics = new Map<Topic, number>();
  private readonly listener = (committed: Committed) => this.hear(committed);

  constructor(
    private readonly world: World,
    private readonly wire: Wire,
    private readonly signedIn: (token: string) => User | null,
    private readonly heartbeatS = 20,
  ) {}

  receive(frame: ClientFrame): void {
    if (frame.type === 'hello') {
      this.hello(frame);
      return;
    }
    const user = this.user;
    if (user === null) {
      this.wire.close(4400);
      return;
    }
    switch (frame.type) {
      case 'subscribe':
        this.subscribe(user, frame.topic, frame.subscription);
        return;
      case 'unsubscribe':
        this.topics.delete(frame.topic);
        return;
      case 'command': {
        const outcome = this.world.command(user, frame.id, frame.name, frame.body);
        this.wire.send(outcome.ok ? { type: 'result', command_id: frame.id, ok: true, body: outcome.body } : { type: 'result', command_id: frame.id, ok: false, problem: outcome.problem });
        return;
      }
      case 'token':
        if (this.signedIn(frame.token) === null) this.wire.close(4401);
        else this.wire.send({ type: 'token_accepted', expires_in: 900 });
        return;
      case 'ping':
        this.wire.send({ type: 'pong' });
        return;
      default:
        return;
    }
  }

  ping(): void {
    if (this.user !== null) this.wire.send({ type: 'ping' });
  }

  /** The figures of the board and of one's own load, at most once a second. */
  tick(): void {
    if (this.user === null) return;
    const board = this.world.board();
    if (this.topics.has('board')) this.wire.send({ type: 'board', full: false, ...board });
    const agent = board.agents.find(({ id }) => id === this.user?.id);
    if (agent !== undefined) this.wire.send({ type: 'presence', agent });
  }

  watermark(): void {
    if (this.user !== null) this.wire.send({ type: 'watermark', position: this.world.position });
  }

  resync(reason: 'lagging' | 'rights_changed' | 'incarnation_changed'): void {
    const user = this.user;
    if (user === null) return;
    this.wire.send({ type: 'resync', reason, incarnation: this.world.incarnation, position: this.world.position });
    for (const topic of this.topics.keys()) this.snapshot(user, topic);
  }

  ended(): void {
    this.world.listeners.delete(this.listener);
    if (this.user !== null) this.world.sockets.set(this.user.id, (this.world.sockets.get(this.user.id) ?? 1) - 1);
    this.user = null;
  }

  private hello(frame: Extract<ClientFrame, { type: 'hello' }>): void {
    const user = this.signedIn(frame.token);
    if (user === null) {
      this.wire.close(4401);
      return;
    }
    this.user = user;
    this.world.sockets.set(user.id, (this.world.sockets.get(user.id) ?? 0) + 1);
    for (const topic of frame.topics) this.topics.set(topic, 0);
    const dot = frame.cursor?.lastIndexOf('.') ?? -1;
    const position = Number(frame.cursor?.slice(dot + 1));
    const oldest = this.world.ring[0]?.position ?? 0;
    const resumed = frame.cursor?.slice(0, dot) === this.world.incarnation && (position >= oldest || position === this.world.position);
    this.wire.send({
      type: 'welcome', mode: resumed ? 'resumed' : 'snapshot', incarnation: this.world.incarnation, position: this.world.position, user_id: user.id,
      connection_id: 'mock', server_time: this.world.at(), server_version: 'mock', heartbeat_s: this.heartbeatS,
    });
    if (resumed) {
      for (const committed of this.world.ring) if (committed.position > position) this.hear(committed);
      if (this.topics.has('board')) this.wire.send({ type: 'board', full: true, ...this.world.board() });
      if (this.topics.has('inbox')) this.wholeDirectory();
    } else {
      for (const topic of this.topics.keys()) this.snapshot(user, topic);
    }
    this.world.listeners.add(this.listener);
  }

  private hear(committed: Committed): void {
    if (this.user === null) return;
    const frame = this.world.visible(this.user, committed, this.topics);
    if (frame === null) return;
    for (const { name, body } of frame.changes) if (name === 'conversation.removed') this.topics.delete(`conversation:${body.id}`);
    this.wire.send(frame);
  }

  private subscribe(user: User, topic: Topic, subscription: number): void {
    const id = topic.startsWith('conversation:') ? topic.slice('conversation:'.length) : null;
    const conversation = id === null ? null : this.world.conversations.get(id);
    if (id !== null && (conversation === undefined || conversation === null || !this.world.sees(user, conversation))) {
      this.wire.send({ type: 'refused', topic, subscription, problem: problem('not_found') });
      return;
    }
    if (topic === 'board' && !permissionsOf(user).includes('board.read')) {
      this.wire.send({ type: 'refused', topic, subscription, problem: problem('forbidden') });
      return;
    }
    this.topics.set(topic, subscription);
    this.snapshot(user, topic);
  }

  private snapshot(user: User, topic: Topic): void {
    if (topic === 'board') this.wire.send({ type: 'board', full: true, ...this.world.board() });
    else if (topic === 'inbox') this.inbox(user);
    else this.conversation(user, topic, topic.slice('conversation:'.length));
  }

  private inbox(user: User): void {
    const all = [...this.world.conversations.values()].filter((c) => c.state !== 'closed' && this.world.sees(user, c)).sort(newestFirst);
    const { numbers, queues, agents } = this.world.board();
    const parts = Math.max(1, Math.ceil(all.length / PART));
    for (let part = 1; part <= parts; part += 1) {
      this.wire.send({
        type: 'snapshot', topic: 'inbox', subscription: this.topics.get('inbox') ?? 0, as_of: this.world.position, part, last: part === parts, truncated: false,
        ...(part === 1 ? { directory: { numbers, queues, agents } } : {}),
        conversations: all.slice((part - 1) * PART, part * PART),
      });
    }
    this.wholeDirectory();
  }

  private wholeDirectory(): void {
    const { numbers, queues } = this.world.board();
    this.wire.send({ type: 'directory', full: true, numbers, queues });
  }

  private conversation(user: User, topic: Topic, id: Id): void {
    const conversation = this.world.conversations.get(id);
    const contact = conversation && this.world.contacts.get(conversation.contact.id);
    if (conversation === undefined || contact === undefined || !this.world.sees(user, conversation)) {
      const subscription = this.topics.get(topic) ?? 0;
      this.topics.delete(topic);
      this.wire.send({ type: 'refused', topic, subscription, problem: problem('not_found') });
      return;
    }
    const messages = this.world.messages.get(id) ?? [];
    const newest = messages.slice(-NEWEST);
    this.wire.send({
      type: 'snapshot', topic: `conversation:${id}`, subscription: this.topics.get(topic) ?? 0, as_of: this.world.position, part: 1, last: true, truncated: false, conversation, contact,
      messages: newest.map((message) => this.world.signed(message)), older_cursor: messages.length > NEWEST ? String(newest[0]?.position) : null, history: this.world.history.get(id) ?? [],
    });
  }
}

export function newestFirst(a: Conversation, b: Conversation): number {
  const [x, y] = [a.last_message?.at ?? a.opened_at, b.last_message?.at ?? b.opened_at];
  return x < y ? 1 : x > y ? -1 : 0;
}
