// Who is signed in on this device: the tokens, renewed in time by one tab for all (api-design.md 3).
import { dropFromShelf, keepOnShelf, readShelf, replaceOnShelf } from '../live/shelf';
import type { Tokens } from './types';

const KEY = 'dashoffice.session';
const DEVICE = 'dashoffice.device';
const RENEW_BEFORE_MS = 30_000;

export interface Held {
  access_token: string;
  refresh_token: string;
  expires_at: number;
}

type Listener = () => void;
const listeners = new Set<Listener>();

export function onSession(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

window.addEventListener('storage', ({ key }) => {
  if (key === KEY || key === null) listeners.forEach((listener) => listener());
});

export function session(): Held | null {
  const text = readShelf(KEY);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Held;
  } catch {
    return null;
  }
}

export function keepSession(tokens: Tokens): Held {
  const held = { access_token: tokens.access_token, refresh_token: tokens.refresh_token, expires_at: Date.now() + tokens.expires_in * 1_000 };
  // A token that was renewed ends the session of whoever shows it once more.
  replaceOnShelf(KEY, JSON.stringify(held));
  if (tokens.device !== null) keepOnShelf(DEVICE, tokens.device);
  listeners.forEach((listener) => listener());
  return held;
}

/** What the server gave this device at the last sign-in: it stays when somebody signs out, and lets nobody in by itself. */
export function device(): string | undefined {
  return readShelf(DEVICE) ?? undefined;
}

export function forgetSession(): void {
  dropFromShelf(KEY);
  listeners.forEach((listener) => listener());
}

/**
 * A token that is good for a while. `fresh`: the one at hand was refused, so `not` it. `null`: the session is over.
 * Throws where nobody can be asked, so that the caller tries again later.
 */
export async function accessToken(not: string | null = null): Promise<Held | null> {
  const held = session();
  if (held === null) return null;
  if (isGood(held, not)) return held;
  return alone(async () => {
    // Another tab may have renewed it while we waited.
    const now = session();
    if (now === null) return null;
    if (isGood(now, not)) return now;
    const response = await fetch('/api/v1/auth/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: now.refresh_token }),
    });
    if (response.ok) return keepSession((await response.json()) as Tokens);
    if (response.status === 401) {
      forgetSession();
      return null;
    }
    throw new Error(`the session could not be renewed: ${response.status}`);
  });
}

function isGood(held: Held, not: string | null): boolean {
  return held.access_token !== not && held.expires_at - Date.now() > RENEW_BEFORE_MS;
}

let inThisTab: Promise<unknown> = Promise.resolve();

/** One renewal at a time, over all tabs where the browser can say so (it cannot on plain http addresses). */
function alone<T>(work: () => Promise<T>): Promise<T> {
  if ('locks' in navigator) return navigator.locks.request('dashoffice.session', work) as Promise<T>;
  const turn = inThisTab.then(work, work);
  inThisTab = turn.catch(() => undefined);
  return turn;
}
