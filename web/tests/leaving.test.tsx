// Signing out, and what goes with whoever leaves: their presence, customers' words, and what the page remembers of closed chats.
import { act, render } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { keepSession, session } from '../src/api/session';
import type { CommandBodies, Tokens } from '../src/api/types';
import { leave, remaining } from '../src/app/leaving';
import { OfflineBar } from '../src/app/OfflineBar';
import { SignOut } from '../src/app/SignOut';
import { DeskContext } from '../src/live/store';
import { keepDraft, readDraft } from '../src/modules/conversation/pages/drafts';
import { ANA, Clock, Desk, moves, RUI, tenant } from './desk';
import { inEnglish } from './english';
import { furnish, Hands } from './hands';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

let hands: Hands | null = null;
const fetched: string[] = [];

beforeAll(async () => {
  furnish();
  await inEnglish();
  vi.stubGlobal('fetch', (path: string) => {
    fetched.push(path);
    return Promise.resolve(new Response(null, { status: 204 }));
  });
});
afterEach(() => {
  hands?.leaves();
  hands = null;
  fetched.length = 0;
});

async function sitsDown(own: number): Promise<{ hands: Hands; desk: Desk; chats: string[] }> {
  const clock = new Clock();
  clock.now = Date.now();
  const world = tenant(clock);
  const chats = ['c0', 'c1', 'c2'].map((customer) => world.inbound(customer, 'line', { type: 'text', body: 'Hello' }).conversation_id);
  for (const id of chats.slice(0, own)) moves(world, id, ANA, 'assigned');
  const desk = new Desk(world, clock, ANA);
  hands = await Hands.at(desk);
  return { hands, desk, chats };
}

async function leaves(hands: Hands, close: string[] = []): Promise<void> {
  await act(async () => {
    const left = leave(hands.opened, close);
    await hands.desk.converse();
    await left;
  });
}

describe('signing out', () => {
  it('leaves the presence to the server: elsewhere its agent may be signed in still', async () => {
    const { hands, desk } = await sitsDown(0);
    await leaves(hands);
    expect(desk.wires.flatMap(({ sent }) => sent).filter((frame) => frame.type === 'command')).toEqual([]);
  });

  it('takes the words of customers out of the browser, begun and unsent, of everybody who was here', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown(1);
    keepDraft(ANA, maria, 'Begun');
    keepDraft('somebody before', maria, 'Theirs');
    localStorage.setItem('dashoffice.theme', 'dark');
    hands.desk.wire?.cut(1006);
    void hands.opened.command('send', { conversation_id: maria, type: 'text', text: 'Not sent' }).catch(() => undefined);
    await leaves(hands);
    expect([readDraft(ANA, maria), readDraft('somebody before', maria)]).toEqual(['', '']);
    expect(Object.keys(localStorage)).toEqual(['dashoffice.theme']);
  });

  it('somebody else’s words are not there for who signs in next, one’s own are', async () => {
    localStorage.setItem('dashoffice.draft.other.c', 'Theirs');
    localStorage.setItem(`dashoffice.draft.${ANA}.c`, 'Mine');
    await sitsDown(0);
    expect([readDraft('other', 'c'), readDraft(ANA, 'c')]).toEqual(['', 'Mine']);
  });

  it('asks what becomes of open chats, and says what is not sent', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown(2);
    keepDraft(ANA, maria, 'Begun');
    const left = remaining(hands.opened);
    expect([left.open.length, left.waiting, left.unsent]).toEqual([2, 2, 1]);
    render(<DeskContext value={hands.opened}><SignOut close={() => undefined} /></DeskContext>);
    const dialog = document.querySelector('dialog')?.textContent;
    expect(dialog).toMatch(/2 open conversations.*2 customers wait.*Words for 1 customer were not sent/);
    expect(dialog).toMatch(/Stay.*Close them and sign out.*Leave them and sign out/);
  });

  it('asks of what is open now, not of what was when the question came', async () => {
    const { hands, desk, chats: [maria = '', , carla = ''] } = await sitsDown(2);
    render(<DeskContext value={hands.opened}><SignOut close={() => undefined} /></DeskContext>);
    moves(desk.world, maria, RUI, 'transferred');
    await hands.rest();
    expect(document.querySelector('dialog')?.textContent).toMatch(/1 open conversation\./);
    moves(desk.world, carla, ANA, 'assigned');
    await hands.rest();
    expect(document.querySelector('dialog')?.textContent).toMatch(/2 open conversations\./);
  });

  it('whoever stays is not signed out, though they had begun to leave', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown(1);
    // Nothing is answered: leaving takes its time.
    if (desk.wire !== null) desk.wire.send = () => undefined;
    keepSession({ access_token: 'a', refresh_token: 'r', expires_in: 900, device: null } as Tokens);
    const stays = new AbortController();
    const left = leave(hands.opened, [maria], stays.signal);
    stays.abort();
    await left;
    expect([fetched, session()?.access_token]).toEqual([[], 'a']);
    const view = render(<DeskContext value={hands.opened}><SignOut close={() => view.unmount()} /></DeskContext>);
    hands.click(view.getByRole('button', { name: 'Close them and sign out' }));
    hands.click(view.getByRole('button', { name: 'Stay' }));
    await hands.rest();
    expect([hands.opened.client.connection.phase, fetched]).toEqual(['live', []]);
  });

  it('says what was seen in the list, where a chat was open before and is not now', async () => {
    const { hands, desk, chats: [maria = '', beatriz = ''] } = await sitsDown(2);
    await hands.opens(maria);
    await hands.opens(beatriz);
    desk.world.inbound('c0', 'line', { type: 'text', body: 'Seen in the list' });
    await hands.rest();
    await leaves(hands, [maria]);
    expect(desk.world.conversations.get(maria)?.state).toBe('closed');
  });

  it('may close them, as they were seen: one whose customer wrote meanwhile stays open', async () => {
    const { hands, desk, chats: [maria = '', beatriz = ''] } = await sitsDown(2);
    desk.world.inbound('c1', 'line', { type: 'text', body: 'Not seen yet' });
    await leaves(hands, [maria, beatriz]);
    expect([desk.world.conversations.get(maria)?.state, desk.world.conversations.get(beatriz)?.state]).toEqual(['closed', 'active']);
    const seen = desk.wires.flatMap(({ sent }) => sent).flatMap((frame) => (frame.type === 'command' && frame.name === 'close' ? [(frame.body as CommandBodies['close']).seen] : []));
    expect(seen.every((one) => one !== undefined)).toBe(true);
  });
});

describe('offline', () => {
  it('is said to whoever is signed in, with the one thing to do', async () => {
    const { hands, desk } = await sitsDown(0);
    const view = render(<DeskContext value={hands.opened}><OfflineBar /></DeskContext>);
    expect(view.container.textContent).toBe('');
    act(() => void desk.world.act(ANA, 'presence', { presence: 'offline' }));
    void act(() => desk.wire?.down.push(JSON.stringify({ type: 'presence', agent: desk.world.agents.get(ANA) })));
    await hands.rest();
    expect(view.container.textContent).toMatch(/You are offline/);
    hands.click(view.getByRole('button', { name: 'Go online' }));
    await hands.rest();
    expect(desk.world.agents.get(ANA)?.chosen_presence).toBe('online');
  });
});

describe('closed chats', () => {
  it('leave the page’s memory when nobody looks at them, and come back when they are opened', async () => {
    const { hands, desk, chats: [maria = '', beatriz = ''] } = await sitsDown(2);
    await hands.opens(maria);
    desk.world.act(ANA, 'close', { conversation_id: maria });
    await hands.rest();
    const { model } = hands.opened.client;
    const at = () => [model.chats.get(maria)?.messages.length, model.chats.contacts.get('c0')?.name, model.chats.typing.has(maria)];
    model.fold({ type: 'typing', conversation_id: maria, by: { kind: 'contact', id: 'c0' }, until: desk.world.at() });
    expect(at()).toEqual([1, 'Customer 0', true]);
    await hands.opens(beatriz);
    expect(at()).toEqual([undefined, undefined, false]);
    await hands.opens(maria);
    expect(at()).toEqual([1, 'Customer 0', false]);
  });

  it('and those that may not be seen any more take with them who it was', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown(1);
    await hands.opens(maria);
    const { model } = hands.opened.client;
    expect(model.chats.contacts.get('c0')?.name).toBe('Customer 0');
    moves(desk.world, maria, RUI, 'transferred');
    await hands.rest();
    expect([model.conversations.get(maria), model.chats.contacts.get('c0'), model.chats.size]).toEqual([undefined, undefined, 0]);
  });

  it('of their lines only the newest hundred stay', async () => {
    const { hands } = await sitsDown(0);
    const { model } = hands.opened.client;
    const some = model.conversations.values()[0];
    if (some === undefined) throw new Error('nobody');
    for (let i = 0; i < 250; i += 1) model.conversations.fold([{ ...some, id: `closed ${i}`, state: 'closed' }], i);
    const closed = model.conversations.values().filter(({ state }) => state === 'closed').map(({ id }) => id);
    expect(closed).toHaveLength(100);
    expect(closed.at(-1)).toBe('closed 249');
    model.conversations.fold([{ ...some, id: 'closed 0' }], 300);
    expect(model.conversations.get('closed 0')?.state).toBe(some.state);
  });
});
