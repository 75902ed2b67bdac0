import { beforeEach, describe, expect, it, vi } from 'vitest';
import { signIn, signOut } from './http';
import { accessToken, forgetSession, keepSession, session } from './session';
import { uuidv7 } from './uuid';

const tokens = (n: number, expires_in = 900) => ({ access_token: `a${n}`, refresh_token: `r${n}`, token_type: 'Bearer' as const, expires_in, device: null as string | null });
const answers = (status: number, body: unknown) => Promise.resolve(new Response(JSON.stringify(body), { status }));

beforeEach(() => forgetSession());

describe('the session', () => {
  it('is used as long as it is good', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch');
    keepSession(tokens(1));
    expect((await accessToken())?.access_token).toBe('a1');
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is renewed once, however many ask at the same time', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(() => answers(200, tokens(2)));
    keepSession(tokens(1, 10));
    const held = await Promise.all([accessToken(), accessToken(), accessToken()]);
    expect(held.map((one) => one?.access_token)).toEqual(['a2', 'a2', 'a2']);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(fetch.mock.calls[0]?.[1]?.body).toBe('{"refresh_token":"r1"}');
  });

  it('is renewed when the server refused a token that looked good', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(() => answers(200, tokens(2)));
    keepSession(tokens(1));
    expect((await accessToken('a1'))?.access_token).toBe('a2');
  });

  it('is over when the server says so, and kept when nobody could be asked', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(() => answers(503, {}));
    keepSession(tokens(1, 10));
    await expect(accessToken()).rejects.toThrow();
    expect(session()).not.toBeNull();
    fetch.mockImplementation(() => answers(401, {}));
    expect(await accessToken()).toBeNull();
    expect(session()).toBeNull();
  });
});

it('what the server gave a device goes with its next sign-in, and stays through signing out and renewing', async () => {
  const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(() => answers(200, { ...tokens(1), device: 'd1' }));
  const sent = () => JSON.parse(fetch.mock.lastCall?.[1]?.body as string) as { device?: string };
  await signIn('ana@example.com', 'a password');
  expect(sent().device).toBeUndefined();
  keepSession(tokens(2));
  await signOut();
  await signIn('ana@example.com', 'a password');
  expect(sent().device).toBe('d1');
});

it('ids of commands are UUIDv7: of this moment, and never the same', () => {
  const id = uuidv7(Date.parse('2026-11-21T12:00:00Z'));
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.parse('2026-11-21T12:00:00Z'));
  expect(new Set(Array.from({ length: 1_000 }, () => uuidv7())).size).toBe(1_000);
});
