// How long to stay away after a connection was lost: a random time, so that ten thousand consoles do not return as one.

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** `attempt` counts from 1; `random` is in [0, 1). */
export function waitBefore(attempt: number, random: number): number {
  return Math.round(random * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16)));
}
