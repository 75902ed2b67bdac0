// What the person wants done, until it is done or refused: kept through cuts and reloads, asked again with the same id,
// in order per conversation (docs/api-design.md, section 9, rule 6).
import type { CommandAnswers, CommandBodies, CommandName, Id, Problem } from '../api/types';
import type { ClientFrame, ResultFrame } from './frames';

export interface Pending<N extends CommandName = CommandName> {
  id: Id;
  name: N;
  body: CommandBodies[N];
  given_at: number;
  /** `accepted`: done, and kept until its message has come by itself. */
  state: 'waiting' | 'in_flight' | 'accepted' | 'refused';
  /** It was sent at least once: it may have happened already. */
  tried: boolean;
  message_id: Id | null;
  problem: Problem | null;
}

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** Where messages that are not yet sent survive a reload. */
export interface Keep {
  load(): Pending[];
  save(command: Pending): void;
  drop(id: Id): void;
}

/** Nothing was decided: ask again with the same id. What failed each time (`command_failed`) was decided. */
const UNDECIDED = new Set(['busy', 'unavailable', 'timed_out', 'rate_limited', 'internal']);
const MOST_IN_FLIGHT = 16;
const SHORTEST_PAUSE_MS = 1_000;

interface Waiter {
  done(answer: unknown): void;
  refused(error: Refused): void;
}

export class Commands {
  private list: Pending[];
  private readonly waiters = new Map<Id, Waiter>();
  /** Commands that must rest before they are asked again. */
  private readonly resting = new Set<Id>();
  private post: ((frame: ClientFrame) => void) | null = null;

  constructor(
    private readonly keep: Keep,
    private readonly later: (ms: number, then: () => void) => void,
    private readonly changed: () => void,
  ) {
    this.list = keep.load().map((command) => ({ ...command, state: command.state === 'refused' ? 'refused' : 'waiting' }));
  }

  /** Replaced, never changed in place. */
  get pending(): readonly Pending[] {
    return this.list;
  }

  give<N extends CommandName>(id: Id, name: N, body: CommandBodies[N], now: number): Promise<CommandAnswers[N]> {
    const command: Pending<N> = { id, name, body, given_at: now, state: 'waiting', tried: false, message_id: null, problem: null };
    this.list = [...this.list, command];
    if (name === 'send') this.keep.save(command);
    const answer = new Promise<CommandAnswers[N]>((resolve, reject) => {
      this.waiters.set(id, { done: (body) => resolve(body as CommandAnswers[N]), refused: reject });
    });
    this.changed();
    this.pump();
    return answer;
  }

  /** Takes a refused message off the screen. */
  discard(id: Id): void {
    this.remove(id);
    this.changed();
  }

  connected(post: (frame: ClientFrame) => void): void {
    this.post = post;
    this.pump();
  }

  disconnected(): void {
    this.post = null;
    this.update((command) => (command.state === 'in_flight' ? { ...command, state: 'waiting' } : command));
  }

  result(frame: ResultFrame): void {
    const command = this.list.find(({ id }) => id === frame.command_id);
    if (command === undefined) return;
    if (frame.ok) {
      const messageId = command.name === 'send' ? (frame.body as CommandAnswers['send']).message_id : null;
      this.waiters.get(command.id)?.done(frame.body);
      this.accept(command.id, messageId);
    } else if (UNDECIDED.has(frame.problem.code)) {
      this.rest(command.id, (frame.problem.retry_after_s ?? 0) * 1_000);
    } else {
      this.refuse(command, frame.problem);
    }
    this.pump();
  }

  /** An event that one of our commands caused came before its result. */
  caused(commandId: Id, messageId: Id): void {
    const command = this.list.find(({ id }) => id === commandId);
    if (command?.name !== 'send') return;
    const { conversation_id } = command.body as CommandBodies['send'];
    this.waiters.get(commandId)?.done({ conversation_id, message_id: messageId });
    this.accept(commandId, messageId);
    this.pump();
  }

  /** Lets go of accepted messages that are to be seen by themselves, or that nobody waits to see. */
  prune(isSeen: (conversation: Id, message: Id) => boolean): void {
    const rest = this.list.filter(({ state, body, message_id }) => {
      if (state !== 'accepted' || message_id === null) return true;
      return !isSeen((body as CommandBodies['send']).conversation_id, message_id);
    });
    if (rest.length === this.list.length) return;
    this.list = rest;
    this.changed();
  }

  private accept(id: Id, messageId: Id | null): void {
    this.waiters.delete(id);
    this.keep.drop(id);
    if (messageId === null) this.remove(id);
    else this.update((command) => (command.id === id ? { ...command, state: 'accepted', message_id: messageId } : command));
    this.changed();
  }

  private refuse(command: Pending, problem: Problem): void {
    this.waiters.get(command.id)?.refused(new Refused(problem));
    this.waiters.delete(command.id);
    if (command.name === 'send') {
      // The words stay on the screen, with the reason.
      const kept: Pending = { ...command, state: 'refused', problem };
      this.update((other) => (other.id === command.id ? kept : other));
      this.keep.save(kept);
    } else {
      this.remove(command.id);
    }
    this.changed();
  }

  private rest(id: Id, ms: number): void {
    this.resting.add(id);
    this.update((command) => (command.id === id ? { ...command, state: 'waiting' } : command));
    this.later(Math.max(ms, SHORTEST_PAUSE_MS), () => {
      this.resting.delete(id);
      this.pump();
    });
  }

  private remove(id: Id): void {
    this.list = this.list.filter((command) => command.id !== id);
    this.keep.drop(id);
  }

  private update(change: (command: Pending) => Pending): void {
    this.list = this.list.map(change);
  }

  /** Sends the head of each lane, one at a time per lane, so that a retry never overtakes. */
  private pump(): void {
    const post = this.post;
    if (post === null) return;
    let free = MOST_IN_FLIGHT - this.list.filter(({ state }) => state === 'in_flight').length;
    const busyLanes = new Set<string>();
    for (const command of this.list) {
      if (command.state === 'accepted' || command.state === 'refused') continue;
      const lane = laneOf(command);
      if (busyLanes.has(lane)) continue;
      busyLanes.add(lane);
      if (command.state === 'in_flight' || this.resting.has(command.id) || free === 0) continue;
      free -= 1;
      this.update((other) => (other.id === command.id ? { ...other, state: 'in_flight', tried: true } : other));
      post({ type: 'command', id: command.id, name: command.name, body: command.body });
    }
  }
}

function laneOf(command: Pending): string {
  return 'conversation_id' in command.body ? command.body.conversation_id : 'me';
}
