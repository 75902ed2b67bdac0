// Conversations that are about to be closed: for five seconds it can be undone. A reload in between forgets none of them, and each
// says what was seen, so that nothing the customer wrote in the meantime is closed with it.
import type { Id } from '../api/types';

export const UNDO_MS = 5_000;

export interface Closing {
  /** Of the command that will be given: once, whoever gives it. */
  id: Id;
  conversation: Id;
  /** The newest message that was seen. */
  seen: Id | null;
  due: number;
}

interface World {
  now: () => number;
  later: (ms: number, then: () => void) => () => void;
  newId: () => Id;
}

export interface ClosingKeep {
  load(): Closing[];
  save(closing: Closing): void;
  drop(id: Id): void;
}

export class Closings {
  /** Replaced, never changed in place; the newest last. */
  list: readonly Closing[];
  private readonly timers = new Map<Id, () => void>();

  constructor(
    private readonly keep: ClosingKeep,
    private readonly world: World,
    /** Gives the command; settles when it was decided, whichever way. */
    private readonly give: (closing: Closing) => Promise<unknown>,
    private readonly changed: () => void,
  ) {
    this.list = keep.load().sort((a, b) => a.due - b.due);
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
    const closing = { id: this.world.newId(), conversation, seen, due: this.world.now() + UNDO_MS };
    this.keep.save(closing);
    this.list = [...this.list, closing];
    this.arm(closing);
    this.changed();
  }

  of(conversation: Id): Closing | undefined {
    return this.list.find((one) => one.conversation === conversation);
  }

  /** Also told when another window has undone it. */
  undo(id: Id): void {
    this.timers.get(id)?.();
    this.timers.delete(id);
    this.forget(id);
  }

  /** The person leaves: nothing waits any longer. */
  async flush(): Promise<void> {
    await Promise.all(this.list.map((closing) => this.now(closing)));
  }

  private arm(closing: Closing): void {
    this.timers.set(closing.id, this.world.later(Math.max(0, closing.due - this.world.now()), () => void this.now(closing)));
  }

  private async now(closing: Closing): Promise<void> {
    this.timers.get(closing.id)?.();
    this.timers.delete(closing.id);
    // Kept until it was decided: a cut or a reload gives it once more, under the same id.
    await this.give(closing).catch(() => undefined);
    this.forget(closing.id);
  }

  private forget(id: Id): void {
    this.keep.drop(id);
    this.list = this.list.filter((closing) => closing.id !== id);
    this.changed();
  }
}
