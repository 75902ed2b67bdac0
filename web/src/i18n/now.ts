// The time of the server, ticking once a second for everybody who shows a running clock.
import { useSyncExternalStore } from 'react';

const watchers = new Set<() => void>();
let skewMs = 0;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function tick(): void {
  now = Date.now() + skewMs;
  watchers.forEach((watcher) => watcher());
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  if (timer === null) {
    // Nobody looked for a while: the time of then is not the time.
    now = Date.now() + skewMs;
    timer = setInterval(tick, 1_000);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

export function setSkew(ms: number): void {
  if (Math.abs(ms - skewMs) < 250) return;
  skewMs = ms;
  tick();
}

/** The instant to show, in whole seconds of the server's clock. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** The same instant by this device's own clock. */
export function useLocalNow(): number {
  return useNow() - skewMs;
}
