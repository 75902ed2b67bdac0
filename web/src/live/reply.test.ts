import { describe, expect, it } from 'vitest';
import { replyTime } from './reply';

const BEGAN = Date.parse('2026-11-21T12:00:00Z');
const clock = (seconds: number) => ({ began_at: new Date(BEGAN).toISOString(), due_at: new Date(BEGAN + seconds * 1_000).toISOString() });
const at = (of: number, seconds: number) => replyTime(clock(of), BEGAN + seconds * 1_000);

describe('the reply clock', () => {
  it('is shown from half of its time on', () => {
    expect([at(180, 0), at(180, 89.9)]).toEqual([null, null]);
    expect(at(180, 90)).toEqual({ leftMs: 90_000, ending: false });
  });

  it('is about to end half a minute before it does', () => {
    expect(at(180, 149)?.ending).toBe(false);
    expect(at(180, 150)).toEqual({ leftMs: 30_000, ending: true });
  });

  it('of a short one the last quarter is its end', () => {
    expect(at(40, 29)?.ending).toBe(false);
    expect(at(40, 30)).toEqual({ leftMs: 10_000, ending: true });
  });

  it('nothing is left when it has run out, and no less than nothing', () => expect(at(180, 200)).toEqual({ leftMs: 0, ending: true }));
});
