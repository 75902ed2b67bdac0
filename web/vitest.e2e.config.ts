import { defineConfig } from 'vitest/config';

// Two files at a time, each with its own browser and its own servers; the stories of one file share a server, hence one after the
// other. Each is told once; times are only there to end what hangs, however slow the machine. A step's own time (a minute) is always up
// before its story's: what failed is named.
export default defineConfig({
  test: { include: ['e2e/**/*.e2e.ts'], environment: 'node', testTimeout: 1_800_000, hookTimeout: 180_000, retry: 0, maxWorkers: 2, expect: { poll: { timeout: 60_000, interval: 50 } } },
});
