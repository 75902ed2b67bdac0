import { defineConfig } from 'vitest/config';

// One browser, one story at a time: the stories share a server.
export default defineConfig({
  test: { include: ['e2e/**/*.e2e.ts'], environment: 'node', testTimeout: 30_000, hookTimeout: 60_000, fileParallelism: false },
});
