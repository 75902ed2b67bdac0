// The live connection: signs in, resumes, keeps the subscriptions, watches the heartbeat, comes back after a cut.
// Everything from outside (socket, clock, chance, tokens) is handed in, so that every cut can be replayed in a test.
import type { CommandAnswers, CommandBodies, CommandName, Id } from '../api/types';
import { waitBefore } from './backoff';
import { Commands, type Keep } from './commands';
import type { ClientFrame, ServerFrame, Topic } from './frames';
import type { Model } from './model';

export interface Socket {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((text: string) => void) | null;
  onclose: ((code: number) => void) | null;
}

export interface Surroundings {
  open(): Socket;
  /** A good access token and when it ends (ms); `null`: the session is over. */
  token(fresh: boolean): Promise<{ token: string; expiresAt: number } | null>;
  now(): number;
  random(): number;
  /** Runs `then` after `ms`; the answer cancels it. */
  later(ms: number, then: () => void): () => void;
  newId(): Id;
  version: string;
}

export type Connection =
  | { phase: 'connecting'; lostAt: number | null }
  | { phase: 'live' }
  /** Away; the next try begins at `retryAt`. */
  | { phase: 'away'; lostAt: number; retryAt: number }
  /** The session has ended: sign in again. */
  | { phase: 'ended' };

const HELLO_WITHIN_MS = 15_000;
/** Who is asked whether they are there has so long to say so. */
const PONG_WITHIN_MS = 5_000;
const STEADY_AFTER_MS = 10_000;
const RENEW_BEFORE_MS = 60_000;

export class LiveClient {
  readonly commands: Commands;
  connection: Connection = { phase: 'connecting', lostAt: null };
  /** The server's clock minus ours, in ms. */
  skewMs = 0;
  private readonly wanted = new Set<Topic>();
  private socket: Socket | null = null;
  private lastSubscription = 0;
  private attempt = 0;
  private lostAt: number | null = null;
  private quietMs = HELLO_WITHIN_MS;
  private staleToken = false;
  private stopped = true;
  private cancelWatch = () => {};
  private cancelRetry = () => {};
  private cancelRenewal = () => {};
  private cancelSteady = () => {};

  constructor(
    readonly model: Model,
    private readonly world: Surroundings,
    keep: Keep,
    private readonly changed: () => void,
  ) {
    this.commands = new Commands(keep, (ms, then) => void world.later(ms, then), changed);
  }

  start(): void {
    this.stopped = false;
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.drop(1000);
    this.cancelRetry();
  }

  /** Tries at once instead of waiting: the browser says the network is back, or the person asked. */
  retryNow(): void {
    if (this.connection.phase !== 'away') return;
    this.cancelRetry();
    void this.connect();
  }

  /** The network may have changed under the connection, which nobody tells it: the server is asked whether it hears us. */
  check(): void {
    const socket = this.socket;
    if (this.connection.phase !== 'live' || socket === null) return;
    this.post({ type: 'ping' });
    this.watch(socket, PONG_WITHIN_MS);
  }

  subscribe(topic: Topic): void {
    if (this.wanted.has(topic)) return;
    this.wanted.add(topic);
    if (this.connection.phase === 'live') this.ask(topic);
  }

  unsubscribe(topic: Topic): void {
    if (!this.wanted.delete(topic)) return;
    this.model.release(topic);
    if (this.connection.phase === 'live') this.post({ type: 'unsubscribe', topic });
  }

  command<N extends CommandName>(name: N, body: CommandBodies[N], id: Id = this.world.newId()): Promise<CommandAnswers[N]> {
    return this.commands.give(id, name, body, this.world.now());
  }

  typing(conversation: Id): void {
    if (this.connection.phase === 'live') this.post({ type: 'typing', conversation_id: conversation });
  }

  private async connect(): Promise<void> {
    this.set({ phase: 'connecting', lostAt: this.lostAt });
    const held = await this.world.token(this.staleToken).catch(() => undefined);
    if (this.stopped) return;
    if (held === undefined) {
      this.comeBackLater();
      return;
    }
    if (held === null) {
      this.end();
      return;
    }
    this.staleToken = false;
    const socket = this.world.open();
    this.socket = socket;
    this.quietMs = HELLO_WITHIN_MS;
    this.watch(socket);
    socket.onopen = () => {
      const { cursor } = this.model;
      const topics = cursor.text === null ? [...this.wanted] : [...this.wanted].filter((topic) => topic === 'board' || cursor.held.has(topic));
      this.post({ type: 'hello', token: held.token, cursor: cursor.text, topics, client: `console/${this.world.version}` });
      this.greeted = new Set(topics);
      for (const topic of topics) this.model.subscribed(topic, 0);
      this.renewBefore(held.expiresAt);
    };
    socket.onmessage = (text) => {
      if (this.socket !== socket) return;
      this.take(JSON.parse(text) as ServerFrame);
      // After it was taken: a welcome says how long the silence may be.
      if (this.socket === socket) this.watch(socket);
    };
    socket.onclose = (code) => {
      if (this.socket === socket) this.lost(code);
    };
  }

  private ask(topic: Topic): void {
    this.lastSubscription += 1;
    this.model.subscribed(topic, this.lastSubscription);
    this.post({ type: 'subscribe', topic, subscription: this.lastSubscription });
  }

  /** The topics that were named in this connection's hello. */
  private greeted = new Set<Topic>();

  private take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'ping':
        this.post({ type: 'pong' });
        return;
      case 'result':
        this.commands.result(frame);
        this.prune();
        return;
      case 'welcome':
        this.model.fold(frame);
        this.quietMs = frame.heartbeat_s * 2_000 + 5_000;
        this.skewMs = Date.parse(frame.server_time) - this.world.now();
        this.cancelSteady = this.world.later(STEADY_AFTER_MS, () => (this.attempt = 0));
        this.lostAt = null;
        this.set({ phase: 'live' });
        for (const topic of this.wanted) if (!this.greeted.has(topic)) this.ask(topic);
        this.commands.connected((command) => this.post(command));
        return;
      case 'refused':
        this.model.fold(frame);
        if (!this.model.isAsked(frame.topic)) this.wanted.delete(frame.topic);
        this.changed();
        return;
      case 'event':
        this.model.fold(frame);
        for (const { name, body } of frame.changes) {
          if (name === 'message.created' && frame.cause !== null) this.commands.caused(frame.cause, body.id);
          if (name === 'conversation.removed') this.wanted.delete(`conversation:${body.id}`);
        }
        this.prune();
        this.changed();
        return;
      default:
        break;
    }
    this.model.fold(frame);
    if (frame.type === 'snapshot') this.prune();
    this.changed();
  }

  /** What nobody looks at needs no waiting for: only a held conversation will show the message by itself. */
  private prune(): void {
    const { model } = this;
    this.commands.prune((conversation, message) => !model.cursor.held.has(`conversation:${conversation}`) || model.shows(conversation, message));
  }

  private lost(code: number): void {
    this.drop();
    if (code === 4403) {
      this.end();
      return;
    }
    if (code === 4401) this.staleToken = true;
    if (code === 4400) this.model.cursor.reset(this.model.cursor.incarnation);
    this.comeBackLater(code === 4429 ? 10_000 : 0);
  }

  private comeBackLater(atLeastMs = 0): void {
    if (this.stopped) return;
    this.attempt += 1;
    this.lostAt ??= this.world.now();
    const wait = Math.max(atLeastMs, waitBefore(this.attempt, this.world.random()));
    this.set({ phase: 'away', lostAt: this.lostAt, retryAt: this.world.now() + wait });
    this.cancelRetry = this.world.later(wait, () => void this.connect());
  }

  private end(): void {
    this.stopped = true;
    this.set({ phase: 'ended' });
  }

  /** Lets go of the socket, whatever state it is in. */
  private drop(code?: number): void {
    const socket = this.socket;
    this.socket = null;
    this.cancelWatch();
    this.cancelRenewal();
    this.cancelSteady();
    this.commands.disconnected();
    socket?.close(code);
  }

  /** A connection that says nothing for too long is lost, whatever the operating system believes. */
  private watch(socket: Socket, quietMs = this.quietMs): void {
    this.cancelWatch();
    this.cancelWatch = this.world.later(quietMs, () => {
      if (this.socket === socket) this.lost(4408);
    });
  }

  private renewBefore(expiresAt: number): void {
    this.cancelRenewal();
    const wait = Math.max(1_000, expiresAt - this.world.now() - RENEW_BEFORE_MS);
    this.cancelRenewal = this.world.later(wait, () => {
      void this.world
        .token(true)
        .catch(() => undefined)
        .then((renewed) => {
          if (renewed === null) {
            this.drop(1000);
            this.end();
          } else if (renewed !== undefined && this.connection.phase === 'live') {
            this.post({ type: 'token', token: renewed.token });
            this.renewBefore(renewed.expiresAt);
          }
        });
    });
  }

  private post(frame: ClientFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  private set(connection: Connection): void {
    this.connection = connection;
    this.changed();
  }
}
