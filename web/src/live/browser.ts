// The live client in a browser: its socket, clock, chance and tokens, and the place where unsent messages are kept.
import { accessToken, session } from '../api/session';
import { uuidv7 } from '../api/uuid';
import type { Socket, Surroundings } from './client';
import type { ClosingKeep, KeptClosing } from './closings';
import type { Keep, Pending } from './commands';
import { dropFromShelf, keepOnShelf, keysOnShelf, readShelf } from './shelf';

export function browserSurroundings(): Surroundings {
  return {
    open: openSocket,
    async token(fresh) {
      const held = await accessToken(fresh ? (session()?.access_token ?? null) : null);
      return held === null ? null : { token: held.access_token, expiresAt: held.expires_at };
    },
    now: () => Date.now(),
    random: () => Math.random(),
    later(ms, then) {
      const timer = setTimeout(then, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    newId: () => uuidv7(),
    version: __VERSION__,
  };
}

function openSocket(): Socket {
  const web = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/ws`);
  const socket: Socket = {
    send: (text) => {
      if (web.readyState === WebSocket.OPEN) web.send(text);
    },
    close: (code) => web.close(code),
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  web.onopen = () => socket.onopen?.();
  web.onmessage = ({ data }) => socket.onmessage?.(data as string);
  web.onclose = ({ code }) => socket.onclose?.(code);
  return socket;
}

/** One entry per message, so that two tabs never overwrite each other's. */
export function browserKeep(user: string): Keep {
  const { load, save, drop } = entries<Pending>(`dashoffice.unsent.${user}.`);
  return { load: () => load().sort((a, b) => a.given_at - b.given_at), save, drop };
}

export function browserClosings(user: string): ClosingKeep & { onDropped: (then: (id: string) => void) => () => void } {
  const prefix = `dashoffice.closing.${user}.`;
  return {
    ...entries<KeptClosing>(prefix),
    /** Another window has undone it, or has given it. */
    onDropped(then) {
      const listen = ({ key, newValue }: StorageEvent) => {
        if (key?.startsWith(prefix) === true && newValue === null) then(key.slice(prefix.length));
      };
      window.addEventListener('storage', listen);
      return () => window.removeEventListener('storage', listen);
    },
  };
}

function entries<T extends { id: string }>(prefix: string): { load: () => T[]; save: (entry: T) => void; drop: (id: string) => void } {
  return {
    load: () =>
      keysOnShelf(prefix).flatMap((key) => {
        try {
          return [JSON.parse(readShelf(key) ?? '') as T];
        } catch {
          return [];
        }
      }),
    save: (entry) => keepOnShelf(prefix + entry.id, JSON.stringify(entry)),
    drop: (id) => dropFromShelf(prefix + id),
  };
}
