// Who asks the world, what it has committed, and what it answers, as docs/api-design.md words it.
import type { Conversation, Id, Me, Permission, Problem, Role, SendError } from '../src/api/types';
import type { Change } from '../src/live/frames';

export interface User {
  id: Id;
  name: string;
  email: string;
  password: string;
  role: Role;
  language: Me['language'];
}

/** A commit as it stands in the ring: each change, and for conversations who could see them before. */
export interface Committed {
  position: number;
  at: string;
  cause: Id | null;
  actor: Id | null;
  changes: { change: Change; before: Conversation | null }[];
}

export type Outcome = { ok: true; body: unknown } | { ok: false; problem: Problem };

const STATUS_OF_CODE: Record<string, number> = {
  not_found: 404, forbidden: 403, not_owner: 409, not_open: 409, stale_epoch: 409, not_unknown: 409, not_failed: 409, newer_message: 409, service_window_closed: 422,
  empty: 422, too_long: 422, idempotency_key_reused: 422, invalid: 422, unauthenticated: 401, wrong_credentials: 401,
  token_expired: 401, refresh_reused: 401, busy: 503, unavailable: 503, malformed: 400, idempotency_key_required: 400,
};

export function problem(code: string): Problem {
  const status = STATUS_OF_CODE[code] ?? 500;
  return { type: `urn:dashoffice:problem:${code}`, title: code.replaceAll('_', ' '), status, code, detail: null, retry_after_s: null, errors: [], request_id: null };
}

export function permissionsOf(user: User): Permission[] {
  const all: Permission[] = ['conversations.reply', 'conversations.pick', 'conversations.read_all', 'board.read', 'users.read', 'ops.read', 'ops.read_raw', 'ops.write', 'settings.write'];
  return all.slice(0, user.role === 'agent' ? 2 : user.role === 'supervisor' ? 6 : 9);
}

export const DECLARED: SendError = { code: -3, class: 'retry', text: 'a person declared it not sent', details: null, trace_id: null };
export const RESENT: SendError = { code: -4, class: 'retry', text: 'it was said again instead', details: null, trace_id: null };

/** Of instants, where there are any. */
export function earliest(instants: (string | null)[]): string | null {
  return instants.filter((instant) => instant !== null).sort()[0] ?? null;
}
