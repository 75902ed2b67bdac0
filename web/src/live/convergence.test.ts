// Whatever is cut, delayed or repeated: in the end the screen shows what the server holds (api-design.md 9).
import { describe, expect, it } from 'vitest';
import type { NumberLine } from '../api/types';
import { ANA, chance, Clock, Desk, RUI, tenant } from '../../tests/desk';

function openOf(desk: Desk) {
  return desk.client.model.conversations.values().filter(({ state }) => state !== 'closed').sort((a, b) => a.id.localeCompare(b.id));
}

function truthOf(desk: Desk) {
  const user = desk.world.users.get(desk.user);
  if (user === undefined) throw new Error('nobody');
  return [...desk.world.conversations.values()].filter((c) => c.state !== 'closed' && desk.world.sees(user, c)).sort((a, b) => a.id.localeCompare(b.id));
}

async function play(seed: number, ring: number): Promise<void> {
  const random = chance(seed);
  const pick = <T>(list: T[]): T | undefined => list[Math.floor(random() * list.length)];
  const clock = new Clock();
  const world = tenant(clock);
  const desk = new Desk(world, clock, ANA, random);
  desk.client.subscribe('inbox');
  desk.client.start();
  await clock.pass(10);
  for (let step = 0; step < 250; step += 1) {
    const what = random();
    const conversations = [...world.conversations.values()];
    const some = pick(conversations);
    if (what < 0.3) world.inbound(`c${Math.floor(random() * 4)}`, 'line', { type: 'text', body: `words ${step}` });
    else if (what < 0.4 && some) world.act(random() < 0.5 ? ANA : RUI, 'pick', { conversation_id: some.id, expected_epoch: some.owner_epoch });
    else if (what < 0.47 && some) world.act(random() < 0.5 ? ANA : RUI, 'close', { conversation_id: some.id });
    else if (what < 0.6 && some) {
      const message = pick((world.messages.get(some.id) ?? []).filter(({ direction }) => direction === 'outbound'));
      if (message) world.status(some.id, message.id, pick(['sent', 'delivered', 'read'] as const) ?? 'sent');
      const any = pick(world.messages.get(some.id) ?? []);
      if (any && random() < 0.3) world.react(some.id, any.id, pick(['👍', '🙏']) ?? '👍');
      if (any && random() < 0.3) void desk.client.command('react', { conversation_id: some.id, message_id: any.id, emoji: pick(['❤️', null]) ?? null }).catch(() => {});
    } else if (what < 0.61) world.setNumber('line', pick(['connected', 'stopped'] as const) ?? 'connected', pick(['token_expired', null]) ?? null);
    else if (what < 0.72 && some) void desk.client.command('send', { conversation_id: some.id, type: 'text', text: `answer ${step}` }).catch(() => {});
    else if (what < 0.78 && some) desk.client.subscribe(`conversation:${some.id}`);
    else if (what < 0.8 && some) desk.client.unsubscribe(`conversation:${some.id}`);
    else if (what < 0.83) desk.wire?.cut(1006);
    else if (what < 0.84) desk.wire?.resync('lagging');
    else if (what < 0.85) world.incarnation = `m${step}`;
    else if (what < 0.87) world.ring = world.ring.slice(-ring);
    else desk.wire?.deliver(Math.ceil(random() * 6));
    if (random() < 0.3) await clock.pass(Math.floor(random() * 3_000));
  }
  // A server of another incarnation tells so when it takes the next connection.
  desk.wire?.cut(1006);
  await clock.pass(31_000);
  for (let i = 0; i < 20; i += 1) {
    await desk.converse();
    await clock.pass(1_500);
  }
  expect(openOf(desk)).toEqual(truthOf(desk));
  const line = (number: NumberLine | undefined) => [number?.state, number?.state_reason];
  expect(line(desk.client.model.numbers.get('line'))).toEqual(line(world.numbers.get('line')));
  for (const [id, chat] of desk.client.model.chats) {
    if (!desk.client.model.cursor.held.has(`conversation:${id}`)) continue;
    const truth = world.messages.get(id) ?? [];
    expect(chat.messages).toEqual(truth.slice(-chat.messages.length));
    expect(chat.messages.length).toBeGreaterThanOrEqual(Math.min(50, truth.length));
    expect(chat.history).toEqual(world.history.get(id));
  }
  expect(desk.client.commands.pending.filter(({ state }) => state !== 'refused')).toEqual([]);
  const answers = [...world.messages.values()].flat().flatMap(({ content }) => (content.type === 'text' && content.body.startsWith('answer') ? [content.body] : []));
  expect(new Set(answers).size).toBe(answers.length);
}

describe('E3 convergence', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %i converges with a ring that remembers', (seed) => play(seed, 400));
  it.each(Array.from({ length: 40 }, (_, seed) => seed + 1_000))('seed %i converges with a ring that forgets', (seed) => play(seed, 3));
});
