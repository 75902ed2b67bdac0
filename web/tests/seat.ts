// Ana sits down at her desk, with chats before her: what stories of fast fingers begin with.
import { afterEach, beforeAll } from 'vitest';
import type { World } from '../mock/world';
import { readsOf } from '../src/modules/conversation/api/reads';
import { ANA, Clock, Desk, moves, tenant } from './desk';
import { inEnglish } from './english';
import { furnish, Hands } from './hands';

let hands: Hands | null = null;

/** Furnishes the room for the stories of a file, and clears it after each. */
export function sits(): void {
  beforeAll(async () => {
    furnish();
    await inEnglish();
  });
  afterEach(() => {
    hands?.leaves();
    hands = null;
  });
}

/** Ana, with the chats of three customers; a fourth waits. `before` she sits down the office may be changed. Answers their ids, in order. */
export async function sitsDown(before: (world: World, chats: string[]) => void = () => undefined, at: 'inbox' | 'shell' = 'inbox'): Promise<{ hands: Hands; desk: Desk; chats: string[] }> {
  const clock = new Clock();
  clock.now = Date.now();
  const world = tenant(clock);
  const chats = ['c0', 'c1', 'c2', 'c3'].map((customer) => world.inbound(customer, 'line', { type: 'text', body: `I am ${customer}` }).conversation_id);
  for (const id of chats.slice(0, 3)) moves(world, id, ANA, 'assigned');
  before(world, chats);
  const desk = new Desk(world, clock, ANA);
  hands = await Hands.at(desk, at);
  readsOf(hands.opened).templates = () => Promise.resolve([{ name: 'greeting', language: 'en', category: 'utility', body: 'Hello {{1}}', parameters: 1 }]);
  return { hands, desk, chats };
}

export async function writesIn(id: string, hands: Hands, words: string): Promise<void> {
  await hands.opens(id);
  if (hands.field === null) throw new Error('there is no field');
  hands.click(hands.field);
  hands.type(words);
}

/** What was asked of the server, or waits to be. */
export function given(hands: Hands): { name: string; body: unknown }[] {
  const asked = hands.desk.wires.flatMap(({ sent }) => sent).flatMap((frame) => (frame.type === 'command' ? [frame] : []));
  const waits = hands.opened.client.commands.pending.filter(({ id }) => !asked.some((one) => one.id === id));
  return [...asked, ...waits].filter(({ name }) => name !== 'read').map(({ name, body }) => ({ name, body }));
}
