import { defineConfig } from 'vitest/config';

// One browser, one story at a time: the stories share a server. Told once more where a slow machine lost the thread.
export default defineConfig({
  test: { include: ['e2e/**/*.e2e.ts'], environment: 'node', testTimeout: 30_000, retry: 1, hookTimeout: 60_000, fileParallelism: false },
});
