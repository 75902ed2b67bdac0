import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compress } from './tools/compress';

// The server to develop against; the mock of `npm run mock` unless said otherwise.
const server = process.env.DASHOFFICE_URL ?? 'http://127.0.0.1:4180';

export default defineConfig({
  plugins: [react(), tailwindcss(), compress()],
  define: { __VERSION__: JSON.stringify(process.env.npm_package_version ?? '0.0.0') },
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { host: '127.0.0.1', proxy: { '/api': { target: server, ws: true } } },
});
