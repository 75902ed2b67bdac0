// Starts the mock: PORT, CHATS, TRAFFIC_MS from the environment; serves dist/ too, if there is a build.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const { module } = await runnerImport('./mock/server.ts', { configFile: false });
const dist = resolve('dist');
const mock = await module.serve({
  port: Number(process.env.PORT ?? 4180),
  chats: Number(process.env.CHATS ?? 48),
  trafficMs: Number(process.env.TRAFFIC_MS ?? 2500),
  ...(existsSync(dist) ? { console: dist } : {}),
});
console.log(`the mock listens on ${mock.url}`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void mock.stop().then(() => process.exit(0)));
