// After a restore the server counts anew, from data that is older: nothing that was known before has a word against it.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ANA, Clock, Desk, tenant } from '../../tests/desk';
import type { Conversation } from '../api/types';
import type { InboxSnapshotFrame, ResyncFrame, WelcomeFrame } from './frames';
import { readsInto } from '../modules/conversation/api/reads';

const RESTORED = 'restored';

/** A console that has known a conversation for long, at a position that a restored server has not come to yet. */
async function known() {
  const clock = new Clock();
  const world = tenant(clock, 2);
  const { conversation_id: id } = world.inbound('c0', 'line', { type: 'text', body: 'hello' });
  const desk = new Desk(world, clock, ANA);
  desk.client.subscribe('inbox');
  desk.client.start();
  await clock.pass(5);
  await desk.converse();
  const { model } = desk.client;
  const before = model.conversations.get(id);
  if (before === undefined) throw new Error('it is in the inbox');
  model.conversations.fold([{ ...before, unanswered: 40 }], 1_000_000);
  return { model, before, incarnation: model.cursor.incarnation ?? '' };
}

function snapshot(conversations: Conversation[], asOf: number): InboxSnapshotFrame {
  return { type: 'snapshot', topic: 'inbox', as_of: asOf, part: 1, last: true, truncated: false, conversations };
}

const BEGINNINGS: [string, (position: number) => WelcomeFrame | ResyncFrame][] = [
  ['welcome', (position) => ({
    type: 'welcome', mode: 'snapshot', incarnation: RESTORED, position, user_id: ANA, connection_id: 'x',
    server_time: '2026-01-01T00:00:00Z', server_version: 'test', heartbeat_s: 20,
  })],
  ['resync', (position) => ({ type: 'resync', reason: 'incarnation_changed', incarnation: RESTORED, position })],
];

describe('E3 after a restore', () => {
  afterEach(() => { vi.unstubAllGlobals(); });

  it.each(BEGINNINGS)('a copy from before never wins, told by %s', async (_, begins) => {
    const { model, before } = await known();
    model.fold(begins(7));
    model.fold(snapshot([{ ...before, unanswered: 3 }], 7));
    expect(model.conversations.get(before.id)?.unanswered).toBe(3);
    model.fold({ type: 'event', position: 8, at: '2026-01-01T00:00:00Z', cause: null, changes: [{ name: 'conversation.upserted', body: { ...before, unanswered: 4 } }] });
    expect(model.conversations.get(before.id)?.unanswered).toBe(4);
  });

  it('a removal from before hides nobody', async () => {
    const { model, before } = await known();
    model.fold({ type: 'event', position: 2_000_000, at: '2026-01-01T00:00:00Z', cause: null, changes: [{ name: 'conversation.removed', body: { id: before.id, reason: 'moved' } }] });
    expect(model.conversations.get(before.id)).toBeUndefined();
    model.fold(BEGINNINGS[0]?.[1](7) as WelcomeFrame);
    model.fold(snapshot([before], 7));
    expect(model.conversations.get(before.id)).toEqual(before);
  });

  it('what is unknown to the restored server is shown no more', async () => {
    const { model, before } = await known();
    model.fold(BEGINNINGS[0]?.[1](7) as WelcomeFrame);
    model.fold(snapshot([], 7));
    expect(model.conversations.get(before.id)).toBeUndefined();
  });

  it('an answer to a read that was on its way from before is not folded', async () => {
    const { model, before, incarnation } = await known();
    model.fold(BEGINNINGS[0]?.[1](7) as WelcomeFrame);
    model.fold(snapshot([{ ...before, unanswered: 3 }], 7));
    const answers = (asOf: string) => {
      const body = { items: [{ ...before, unanswered: 40 }], next_cursor: null };
      vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { headers: { 'as-of': asOf } })));
    };
    const reads = readsInto(model, () => {});
    answers(`${incarnation}.1000000`);
    await reads.search({});
    expect(model.conversations.get(before.id)?.unanswered).toBe(3);
    answers(`${RESTORED}.9`);
    await reads.search({});
    expect(model.conversations.get(before.id)?.unanswered).toBe(40);
  });
});
