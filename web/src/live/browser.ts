// The live client in a browser: its socket, clock, chance and tokens, and the place where unsent messages are kept.
import { accessToken, session } from '../api/session';
import { uuidv7 } from '../api/uuid';
import type { Socket, Surroundings } from './client';
import type { Keep, Pending } from './commands';

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
  const prefix = `dashoffice.unsent.${user}.`;
  return {
    load() {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(prefix))
        .flatMap((key) => {
          try {
            return [JSON.parse(localStorage.getItem(key) ?? '') as Pending];
          } catch {
            return [];
          }
        })
        .sort((a, b) => a.given_at - b.given_at);
    },
    save: (command) => localStorage.setItem(prefix + command.id, JSON.stringify(command)),
    drop: (id) => localStorage.removeItem(prefix + id),
  };
}
