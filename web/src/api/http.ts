// Requests to `/api/v1`: signed in, with problems as errors (api-design.md 1 and 2).
import { accessToken, device, keepSession, forgetSession, session } from './session';
import type { Conversation, Id, List, Me, Message, Problem, Template, Tokens } from './types';
import { readAsOf } from '../live/cursor';

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** What was read, and as of where in which incarnation. */
export interface Reading<T> {
  body: T;
  asOf: { incarnation: string; position: number } | null;
}

export async function signIn(email: string, password: string): Promise<void> {
  const response = await fetch('/api/v1/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, device: device() }),
  });
  if (!response.ok) throw await problemOf(response);
  keepSession((await response.json()) as Tokens);
}

export async function signOut(): Promise<void> {
  const held = session();
  forgetSession();
  if (held === null) return;
  await fetch('/api/v1/auth/logout', { method: 'POST', headers: { authorization: `Bearer ${held.access_token}` } }).catch(() => undefined);
}

export async function readMe(): Promise<Me> {
  return (await get<Me>('/me')).body;
}

export function readConversations(query: Record<string, string>): Promise<Reading<List<Conversation>>> {
  return get(`/conversations?${new URLSearchParams(query).toString()}`);
}

export function readMessages(conversation: string, cursor: string): Promise<Reading<List<Message>>> {
  return get(`/conversations/${conversation}/messages?${new URLSearchParams({ cursor, limit: '100' }).toString()}`);
}

export function readMessage(id: Id): Promise<Reading<Message>> {
  return get(`/messages/${id}`);
}

export async function readTemplates(number: Id): Promise<Template[]> {
  return (await get<List<Template>>(`/numbers/${number}/templates`)).body.items;
}

async function get<T>(path: string): Promise<Reading<T>> {
  let response = await ask(path, null);
  if (response.status === 401) response = await ask(path, session()?.access_token ?? null);
  if (!response.ok) throw await problemOf(response);
  return { body: (await response.json()) as T, asOf: readAsOf(response.headers.get('as-of')) };
}

async function ask(path: string, not: string | null): Promise<Response> {
  const held = await accessToken(not);
  return fetch(`/api/v1${path}`, { headers: held === null ? {} : { authorization: `Bearer ${held.access_token}` } });
}

async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'code' in body) return new ProblemError(body as Problem);
  return new ProblemError({
    type: 'about:blank', title: response.statusText, status: response.status, code: response.status >= 500 ? 'unavailable' : 'internal',
    detail: null, retry_after_s: null, errors: [], request_id: null,
  });
}
