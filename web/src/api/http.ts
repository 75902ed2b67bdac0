// Requests to `/api/v1`: signed in, with problems as errors (api-design.md 1 and 2).
import { accessToken, device, keepSession, forgetSession, session } from './session';
import { uuidv7 } from './uuid';
import type { Conversation, Id, List, Me, Message, Problem, Template, Tokens } from './types';
import { readAsOf } from '../live/cursor';

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** What was read, as of where in which incarnation, and which version of it (what may be edited has one). */
export interface Reading<T> {
  body: T;
  asOf: { incarnation: string; position: number } | null;
  etag: string | null;
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

export async function get<T>(path: string): Promise<Reading<T>> {
  return readingOf<T>(await asked(path, {}));
}

export interface Written {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** The version it was made from: the server refuses it where there is a newer one (`precondition_failed`). */
  etag?: string | null;
  /** Of the intention: the same where it is asked for again. */
  key?: Id;
}

/** Changes something; an answer without a body is `null`. */
export async function write<T>({ method, path, body, etag, key = uuidv7() }: Written): Promise<Reading<T | null>> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key, ...(etag == null ? {} : { 'if-match': etag }) };
  const response = await asked(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return response.status === 204 ? { body: null, asOf: null, etag: null } : readingOf<T>(response);
}

async function readingOf<T>(response: Response): Promise<Reading<T>> {
  return { body: (await response.json()) as T, asOf: readAsOf(response.headers.get('as-of')), etag: response.headers.get('etag') };
}

type Asking = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

/** Asks signed in, once more where the token had ended; what is refused is thrown. */
async function asked(path: string, request: Asking): Promise<Response> {
  let response = await ask(path, request, null);
  if (response.status === 401) response = await ask(path, request, session()?.access_token ?? null);
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function ask(path: string, request: Asking, not: string | null): Promise<Response> {
  const held = await accessToken(not);
  return fetch(`/api/v1${path}`, { ...request, headers: { ...request.headers, ...(held === null ? {} : { authorization: `Bearer ${held.access_token}` }) } });
}

async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'code' in body) return new ProblemError(body as Problem);
  return new ProblemError({
    type: 'about:blank', title: response.statusText, status: response.status, code: response.status >= 500 ? 'unavailable' : 'internal',
    detail: null, retry_after_s: null, errors: [], request_id: null,
  });
}
