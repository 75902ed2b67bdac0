// What can be undone, and for how long; and what the server would not close.
import { describe, expect, it } from 'vitest';
import type { Problem } from '../api/types';
import { Closings, type KeptClosing, UNDO_MS } from './closings';
import { Refused } from './commands';

class Office {
  readonly kept = new Map<string, KeptClosing>();
  readonly due: (() => void)[] = [];
  given: string[] = [];
  private answers: { closed: () => void; refused: (code: string) => void }[] = [];
  private ids = 0;

  closings(): Closings {
    const closings = new Closings(
      { load: () => [...this.kept.values()], save: (one) => void this.kept.set(one.id, one), drop: (id) => void this.kept.delete(id) },
      { now: () => 0, later: (_, then) => { this.due.push(then); return () => undefined; }, newId: () => `close ${(this.ids += 1)}` },
      ({ id }) => {
        this.given.push(id);
        return new Promise<void>((closed, fails) => this.answers.push({ closed, refused: (code) => fails(new Refused({ code } as Problem)) }));
      },
      () => undefined,
    );
    closings.start();
    return closings;
  }

  /** The five seconds are over. */
  passes(): void {
    for (const then of this.due.splice(0)) then();
  }

  async answer(code: string | null): Promise<void> {
    const one = this.answers.shift();
    if (code === null) one?.closed();
    else one?.refused(code);
    for (let i = 0; i < 5; i += 1) await Promise.resolve();
  }
}

describe('a close', () => {
  it('can be undone until the server is told, and not after', async () => {
    const office = new Office();
    const closings = office.closings();
    closings.close('maria', 'm1');
    expect(closings.list).toMatchObject([{ conversation: 'maria', given: false, due: UNDO_MS }]);
    office.passes();
    expect(closings.list).toMatchObject([{ conversation: 'maria', given: true }]);
    closings.undo('close 1');
    expect([closings.list.length, office.kept.size]).toEqual([1, 1]);
    await office.answer(null);
    expect([closings.list.length, office.kept.size, closings.refused.length]).toEqual([0, 0, 0]);
  });

  it('that is given at once, because somebody leaves, is no more to be undone', () => {
    const office = new Office();
    const closings = office.closings();
    closings.close('maria', null);
    void closings.flush();
    closings.undo('close 1');
    expect([office.given, closings.list.map(({ given }) => given)]).toEqual([['close 1'], [true]]);
  });

  it('that was refused is told by its conversation until it was seen, or is closed again', async () => {
    const office = new Office();
    const closings = office.closings();
    for (const one of ['maria', 'beatriz']) {
      closings.close(one, null);
      office.passes();
      await office.answer('newer_message');
    }
    expect(closings.refused).toEqual([{ conversation: 'maria', why: 'newer_message' }, { conversation: 'beatriz', why: 'newer_message' }]);
    closings.dismiss('maria');
    closings.close('beatriz', 'm2');
    expect(closings.refused).toEqual([]);
  });

  it('of what is closed already was done', async () => {
    const office = new Office();
    const closings = office.closings();
    closings.close('maria', null);
    office.passes();
    await office.answer('not_open');
    expect([closings.list, closings.refused]).toEqual([[], []]);
  });
});
