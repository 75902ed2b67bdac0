// The mock on HTTP and WebSocket: `npm run mock`, and the tests that look at pages. It listens on this machine alone.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import type { CommandName, Conversation, Id } from '../src/api/types';
import { uuidv7 } from '../src/api/uuid';
import type { ClientFrame } from '../src/live/frames';
import { chanceOf, shop } from './seed';
import { newestFirst, Session } from './session';
import { deliver, happen } from './traffic';
import { problem, type User } from './told';
import type { World } from './world';

export interface Options {
  port?: number;
  chats?: number;
  /** A folder with a build of the console to serve. */
  console?: string;
  /** Milliseconds between the small things that happen by themselves; 0: nothing does. */
  trafficMs?: number;
  expiresIn?: number;
}

export interface Mock {
  url: string;
  world: World;
  /** Ends every socket, as a lost network does; `down` for so long. */
  cut(downMs?: number): void;
  endSessions(): void;
  stop(): Promise<void>;
}

const KINDS: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.webmanifest': 'application/manifest+json',
};
/** What the real server must say as well: no inline scripts, no inline styles, nothing from elsewhere. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export async function serve(options: Options = {}): Promise<Mock> {
  const world = shop(options.chats ?? 48);
  const tokens = new Map<string, User>();
  /** How often each is signed in. */
  const signedIn = new Map<string, number>();
  const refreshes = new Map<string, User>();
  const sockets = new Set<WebSocket>();
  const sessions = new Set<Session>();
  const played = new Set<Id>();
  const expiresIn = options.expiresIn ?? 900;
  let downUntil = 0;
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, then: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      then();
    }, ms);
    timers.add(timer);
  };

  const issue = (user: User) => {
    const access_token = uuidv7();
    const refresh_token = uuidv7();
    tokens.set(access_token, user);
    refreshes.set(refresh_token, user);
    played.add(user.id);
    return { access_token, refresh_token, token_type: 'Bearer', expires_in: expiresIn, device: null };
  };

  const http: Server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
  const upgrades = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  http.on('upgrade', (request, socket, head) => {
    if (request.url !== '/api/v1/ws' || Date.now() < downUntil) {
      socket.destroy();
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (ws) => {
      sockets.add(ws);
      const session = new Session(world, { send: (frame) => ws.send(JSON.stringify(frame)), close: (code) => ws.close(code) }, (token) => tokens.get(token) ?? null);
      sessions.add(session);
      ws.on('message', (data: Buffer) => session.receive(JSON.parse(data.toString('utf8')) as ClientFrame));
      ws.on('close', () => {
        sockets.delete(ws);
        sessions.delete(session);
        session.ended();
      });
    });
  });

  world.listeners.add((committed) => {
    for (const { change } of committed.changes) {
      if (change.name === 'message.created' && change.body.direction === 'outbound' && played.has(committed.actor ?? '')) deliver(world, change.body.conversation_id, change.body.id, later);
    }
  });
  const random = chanceOf(Date.now() % 100_000);
  const beats = [
    setInterval(() => sessions.forEach((session) => session.tick()), 1_000),
    setInterval(() => sessions.forEach((session) => session.watermark()), 5_000),
    setInterval(() => sessions.forEach((session) => session.ping()), 20_000),
    ...(options.trafficMs ? [setInterval(() => happen(world, random, played), options.trafficMs)] : []),
  ];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/api/')) {
      page(url.pathname, response);
      return;
    }
    if (url.pathname.startsWith('/api/v1/media/')) {
      file(url.pathname.slice('/api/v1/media/'.length), request, response);
      return;
    }
    const text = await read(request);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const answer = (status: number, value: unknown, headers: Record<string, string> = {}) => {
      const type = status >= 400 ? 'application/problem+json' : 'application/json';
      response.writeHead(status, { 'content-type': type, 'as-of': `${world.incarnation}.${world.position}`, ...headers });
      response.end(value === null ? undefined : JSON.stringify(value));
    };
    const refuse = (code: string) => answer(problem(code).status, problem(code));
    const path = url.pathname.replace('/api/v1', '');
    if (Date.now() < downUntil) {
      refuse('unavailable');
      return;
    }
    if (path === '/auth/login') {
      const user = [...world.users.values()].find(({ email, password }) => email === body.email && password === body.password);
      if (user === undefined) refuse('wrong_credentials');
      else {
        signedIn.set(user.id, (signedIn.get(user.id) ?? 0) + 1);
        answer(200, issue(user));
      }
      return;
    }
    if (path === '/auth/refresh') {
      const user = refreshes.get(String(body.refresh_token));
      refreshes.delete(String(body.refresh_token));
      if (user === undefined) refuse('unauthenticated');
      else answer(200, issue(user));
      return;
    }
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const user = tokens.get(token);
    if (user === undefined) {
      refuse('unauthenticated');
      return;
    }
    if (path === '/auth/logout') {
      tokens.delete(token);
      signedIn.set(user.id, (signedIn.get(user.id) ?? 1) - 1);
      // Whoever is signed in nowhere is not there.
      if (signedIn.get(user.id) === 0 && world.agents.has(user.id)) world.act(user.id, 'presence', { presence: 'offline' });
      answer(204, null);
      return;
    }
    if (request.method === 'POST' || request.method === 'PUT') {
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string') {
        refuse('idempotency_key_required');
        return;
      }
      const [, conversation, name] = /^\/conversations\/([^/]+)\/(pick|close|read|react)$/.exec(path) ?? [];
      const [, message, fate] = /^\/messages\/([^/]+)\/(settle|resend)$/.exec(path) ?? [];
      const command = path === '/messages' ? 'send' : path === '/me/presence' ? 'presence' : (name ?? fate);
      const of = message === undefined ? conversation : [...world.messages.values()].flat().find(({ id }) => id === message)?.conversation_id;
      const outcome = world.command(user, key, (command ?? 'unknown') as CommandName, { ...(of === undefined ? {} : { conversation_id: of }), ...(message === undefined ? {} : { message_id: message }), ...body });
      if (outcome.ok) answer(command === 'send' || command === 'resend' ? 202 : 200, outcome.body, outcome.replayed === true ? { 'idempotency-replayed': 'true' } : {});
      else answer(outcome.problem.status, outcome.problem);
      return;
    }
    const list = (items: unknown[]) => answer(200, { items, next_cursor: null });
    if (path === '/me') answer(200, world.me(user));
    else if (path === '/board') answer(200, world.board());
    else if (path === '/numbers') list([...world.numbers.values()]);
    else if (path === '/queues') list([...world.queues.values()]);
    else if (path === '/agents') list([...world.agents.values()]);
    else if (path === '/conversations') answer(200, conversations(world, user, url.searchParams));
    else if (path.startsWith('/messages/')) {
      const message = [...world.messages.values()].flat().find(({ id }) => id === path.slice('/messages/'.length));
      const conversation = message === undefined ? undefined : world.conversations.get(message.conversation_id);
      if (message === undefined || conversation === undefined || !world.sees(user, conversation)) refuse('not_found');
      else answer(200, world.signed(message));
    } else if (/^\/numbers\/[^/]+\/templates$/.test(path)) {
      list(world.templates.get(path.split('/')[2] ?? '') ?? []);
    } else {
      const [, id, part] = /^\/conversations\/([^/]+)(?:\/(messages))?$/.exec(path) ?? [];
      const conversation = id === undefined ? undefined : world.conversations.get(id);
      if (conversation === undefined || !world.sees(user, conversation)) refuse('not_found');
      else if (part === 'messages') answer(200, messages(world, conversation.id, url.searchParams));
      else answer(200, conversation);
    }
  }

  /** A file behind an address that ends; a part of it where one is asked for. */
  function file(token: string, request: IncomingMessage, response: ServerResponse): void {
    const kept = world.fileAt(token);
    if (kept === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { type, bytes, name } = kept;
    const headers = {
      'content-type': type, 'x-content-type-options': 'nosniff', 'accept-ranges': 'bytes', 'cache-control': 'private, max-age=600', ...(name === null ? {} : { 'content-disposition': `attachment; filename="${name}"` }),
    };
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) {
      response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
      return;
    }
    const end = Math.min(to === undefined || to === '' ? bytes.length : Number(to) + 1, bytes.length);
    response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${end - 1}/${bytes.length}`, 'content-length': end - Number(from) }).end(bytes.subarray(Number(from), end));
  }

  function page(path: string, response: ServerResponse): void {
    const folder = options.console;
    if (folder === undefined) {
      response.writeHead(404).end();
      return;
    }
    const wanted = join(folder, normalize(path));
    const file = wanted.startsWith(folder) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(folder, 'index.html');
    const zipped = existsSync(`${file}.gz`);
    response.writeHead(200, {
      'content-type': KINDS[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    });
    createReadStream(zipped ? `${file}.gz` : file).pipe(response);
  }

  await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    world,
    cut(downMs = 0) {
      downUntil = Date.now() + downMs;
      for (const socket of sockets) socket.terminate();
    },
    endSessions() {
      tokens.clear();
      refreshes.clear();
      for (const socket of sockets) socket.close(4403);
    },
    async stop() {
      beats.forEach(clearInterval);
      timers.forEach(clearTimeout);
      for (const socket of sockets) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function conversations(world: World, user: User, query: URLSearchParams): unknown {
  const q = query.get('q')?.toLocaleLowerCase();
  const state = query.get('state') ?? 'open';
  const owner = query.get('owner') ?? 'all';
  const fits = (c: Conversation) =>
    world.sees(user, c) &&
    (state === 'any' || (state === 'open' ? c.state !== 'closed' : state.split(',').includes(c.state))) &&
    (owner === 'all' || (owner === 'mine' ? c.owner.kind === 'agent' && c.owner.id === user.id : c.owner.kind === 'queue')) &&
    (q === undefined || (c.contact.name ?? '').toLocaleLowerCase().includes(q) || (c.contact.identifier?.value ?? '').includes(q.replace(/\D/g, '') || '\u0000'));
  const all = [...world.conversations.values()].filter(fits).sort(newestFirst);
  const start = Number(query.get('cursor') ?? 0);
  const end = start + Number(query.get('limit') ?? 50);
  return { items: all.slice(start, end), next_cursor: end < all.length ? String(end) : null };
}

function messages(world: World, conversation: Id, query: URLSearchParams): unknown {
  const before = Number(query.get('cursor') ?? Number.MAX_SAFE_INTEGER);
  const limit = Number(query.get('limit') ?? 50);
  const older = (world.messages.get(conversation) ?? []).filter(({ position }) => position < before);
  const items = older.slice(-limit).reverse().map((message) => world.signed(message));
  return { items, next_cursor: older.length > limit ? String(items.at(-1)?.position) : null };
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
