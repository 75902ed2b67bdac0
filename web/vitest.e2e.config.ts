import { defineConfig } from 'vitest/config';

// Two files at a time, each with its own browser and its own servers; the stories of one file share a server, hence one after the
// other. Told once more where a slow machine lost the thread.
export default defineConfig({
  test: { include: ['e2e/**/*.e2e.ts'], environment: 'node', testTimeout: 30_000, retry: 1, hookTimeout: 60_000, maxWorkers: 2 },
});
