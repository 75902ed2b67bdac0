// Conversations that are about to be closed: for five seconds it can be undone. A reload in between forgets none of them, and each
// says what was seen, so that nothing the customer wrote in the meantime is closed with it.
import type { Id } from '../api/types';
import { Refused } from './commands';

export const UNDO_MS = 5_000;

/** What is kept of one. */
export interface KeptClosing {
  /** Of the command that will be given: once, whoever gives it. */
  id: Id;
  conversation: Id;
  /** The newest message that was seen. */
  seen: Id | null;
  due: number;
}

export interface Closing extends KeptClosing {
  /** The server was told, or will be as soon as it can be: it cannot be undone any more. */
  given: boolean;
}

/** A close that the server would not do. */
export interface NotClosed {
  conversation: Id;
  /** The code of the problem. */
  why: string;
}

interface World {
  now: () => number;
  later: (ms: number, then: () => void) => () => void;
  newId: () => Id;
}

export interface ClosingKeep {
  load(): KeptClosing[];
  save(closing: KeptClosing): void;
  drop(id: Id): void;
}

export class Closings {
  /** Replaced, never changed in place; the newest last. */
  list: readonly Closing[];
  /** Until somebody has seen it, or closes it again. */
  refused: readonly NotClosed[] = [];
  private readonly timers = new Map<Id, () => void>();
  private readonly begun = new Set<Id>();

  constructor(
    private readonly keep: ClosingKeep,
    private readonly world: World,
    /** Gives the command; settles when it was decided, whichever way. */
    private readonly give: (closing: Closing) => Promise<unknown>,
    private readonly changed: () => void,
  ) {
    this.list = keep
      .load()
      .sort((a, b) => a.due - b.due)
      .map((closing) => ({ ...closing, given: false }));
    for (const { conversation } of this.list) this.begun.add(conversation);
  }

  start(): void {
    for (const closing of this.list) this.arm(closing);
  }

  stop(): void {
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  close(conversation: Id, seen: Id | null): void {
    if (this.of(conversation) !== undefined) return;
    const kept: KeptClosing = { id: this.world.newId(), conversation, seen, due: this.world.now() + UNDO_MS };
    const closing = { ...kept, given: false };
    this.keep.save(kept);
    this.list = [...this.list, closing];
    this.begun.add(conversation);
    this.arm(closing);
    this.dismiss(conversation);
  }

  of(conversation: Id): Closing | undefined {
    return this.list.find((one) => one.conversation === conversation);
  }

  /** Whether it was closed from this page: no news to whoever looks at it. */
  isBegunHere(conversation: Id): boolean {
    return this.begun.has(conversation);
  }

  undo(id: Id): void {
    const closing = this.list.find((one) => one.id === id && !one.given);
    if (closing === undefined) return;
    this.begun.delete(closing.conversation);
    this.dropped(id);
  }

  /** Another window has undone it, or knows what became of it. */
  dropped(id: Id): void {
    this.timers.get(id)?.();
    this.timers.delete(id);
    this.forget(id);
  }

  /** The refusal was seen. */
  dismiss(conversation: Id): void {
    this.refused = this.refused.filter((one) => one.conversation !== conversation);
    this.changed();
  }

  /** The person leaves: nothing waits any longer. */
  async flush(): Promise<void> {
    await Promise.all(this.list.map((closing) => this.now(closing)));
  }

  private arm(closing: Closing): void {
    this.timers.set(closing.id, this.world.later(Math.max(0, closing.due - this.world.now()), () => void this.now(closing)));
  }

  private async now(closing: Closing): Promise<void> {
    const { id, conversation } = closing;
    this.timers.get(id)?.();
    this.timers.delete(id);
    this.list = this.list.map((one) => (one.id === id ? { ...one, given: true } : one));
    this.changed();
    // Kept until it was decided: a cut or a reload gives it once more, under the same id.
    try {
      await this.give(closing);
    } catch (error) {
      const why = error instanceof Refused ? error.problem.code : 'internal';
      // Closed is closed, whoever did it.
      if (why !== 'not_open') this.refused = [...this.refused.filter((one) => one.conversation !== conversation), { conversation, why }];
    }
    this.forget(id);
  }

  private forget(id: Id): void {
    this.keep.drop(id);
    this.list = this.list.filter((closing) => closing.id !== id);
    this.changed();
  }
}
