import { describe, expect, it } from 'vitest';
import { ANA, Clock, Desk, tenant } from '../../tests/desk';
import { waitBefore } from './backoff';
import { readAsOf } from './cursor';

async function opened(customers = 2) {
  const clock = new Clock();
  const world = tenant(clock, customers);
  const message = world.inbound('c0', 'line', { type: 'text', body: 'hello' });
  const desk = new Desk(world, clock, ANA);
  desk.client.subscribe('inbox');
  desk.client.start();
  await clock.pass(5);
  await desk.converse();
  return { clock, world, desk, conversation: message.conversation_id, model: desk.client.model };
}

function hellos(desk: Desk) {
  return desk.wires.flatMap(({ sent }) => sent.filter((frame) => frame.type === 'hello'));
}

describe('E3 the live connection', () => {
  it('signs in with its first frame, and begins with a snapshot', async () => {
    const { desk, model } = await opened();
    expect(hellos(desk)).toEqual([{ type: 'hello', token: ANA, cursor: null, topics: ['inbox'], client: 'console/test' }]);
    expect(model.conversations.size).toBe(1);
    expect(desk.client.connection).toEqual({ phase: 'live' });
  });

  it('resumes after a cut from where it stood, and only what was missed comes', async () => {
    const { desk, clock, world, model } = await opened();
    const stood = model.cursor.text;
    desk.wire?.cut(1006);
    world.inbound('c1', 'line', { type: 'text', body: 'written meanwhile' });
    await clock.pass(2_000);
    expect(desk.wire?.down.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual(['welcome', 'event', 'directory']);
    await desk.converse();
    expect(hellos(desk).at(-1)).toMatchObject({ cursor: stood, topics: ['inbox'] });
    expect(model.conversations.size).toBe(2);
  });

  it('names in hello only what it holds, and asks for the rest after the welcome', async () => {
    const { desk, clock, conversation } = await opened();
    desk.client.subscribe(`conversation:${conversation}`);
    desk.wire?.cut(1006);
    await clock.pass(2_000);
    expect(hellos(desk).at(-1)?.topics).toEqual(['inbox']);
    await desk.converse();
    expect(desk.client.model.cursor.held).toContain(`conversation:${conversation}`);
    expect(desk.client.model.chats.get(conversation)?.messages).toHaveLength(1);
  });

  it('a late answer to a subscription that was given up does not pass for its successor', async () => {
    const { desk, conversation } = await opened();
    const topic = `conversation:${conversation}` as const;
    desk.client.subscribe(topic);
    desk.client.unsubscribe(topic);
    desk.client.subscribe(topic);
    desk.wire?.deliver(1);
    expect(desk.client.model.cursor.held).not.toContain(topic);
    desk.wire?.deliver(1);
    expect(desk.client.model.cursor.held).toContain(topic);
  });

  it('says nothing is heard for too long: the connection is lost, whatever the system believes', async () => {
    const { desk, clock } = await opened();
    await clock.pass(44_000);
    expect(desk.client.connection.phase).toBe('live');
    await clock.pass(1_100);
    expect(desk.client.connection.phase).not.toBe('live');
    await clock.pass(2_000);
    await desk.converse();
    expect(desk.client.connection.phase).toBe('live');
    expect(desk.wires).toHaveLength(2);
  });

  it('comes back with jitter that grows, and at once when asked', async () => {
    const { desk, clock } = await opened();
    desk.reachable = false;
    desk.wire?.cut(1006);
    const waits: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const { connection } = desk.client;
      if (connection.phase !== 'away') throw new Error('expected to be away');
      waits.push(connection.retryAt - clock.now);
      await clock.pass(connection.retryAt - clock.now + 1);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    desk.reachable = true;
    desk.client.retryNow();
    await clock.pass(5);
    await desk.converse();
    expect(desk.client.connection.phase).toBe('live');
  });

  it.each([
    [4401, 'refreshes the token and comes back'],
    [1012, 'comes back and resumes'],
  ])('%i: %s', async (code) => {
    const { desk, clock, model } = await opened();
    const stood = model.cursor.text;
    desk.wire?.cut(code);
    await clock.pass(2_000);
    await desk.converse();
    expect(desk.client.connection.phase).toBe('live');
    expect(hellos(desk).at(-1)?.cursor).toBe(stood);
  });

  it('4400 begins anew without a cursor', async () => {
    const { desk, clock } = await opened();
    desk.wire?.cut(4400);
    await clock.pass(2_000);
    expect(hellos(desk).at(-1)?.cursor).toBe(null);
  });

  it('4403, or a session that cannot be renewed, ends it: nobody knocks again', async () => {
    const { desk, clock } = await opened();
    desk.wire?.cut(4403);
    await clock.pass(60_000);
    expect(desk.client.connection.phase).toBe('ended');
    expect(desk.wires).toHaveLength(1);
  });

  it('renews its sign-in before the token ends', async () => {
    const clock = new Clock();
    const desk = new Desk(tenant(clock), clock, ANA);
    desk.token = { token: ANA, expiresAt: clock.now + 90_000 };
    desk.client.start();
    await clock.pass(5);
    await desk.converse();
    desk.token = { token: 'rui', expiresAt: clock.now + 900_000 };
    await clock.pass(30_500);
    expect(desk.wire?.sent.filter(({ type }) => type === 'token')).toEqual([{ type: 'token', token: 'rui' }]);
  });

  it('a welcome alone keeps the connection until the heartbeat is due', async () => {
    const clock = new Clock();
    const desk = new Desk(tenant(clock), clock, ANA);
    desk.client.start();
    await clock.pass(5);
    await desk.converse();
    await clock.pass(40_000);
    expect(desk.client.connection).toEqual({ phase: 'live' });
  });

  it('that died without a word is found out soon after the network has changed', async () => {
    const { desk, clock } = await opened();
    const wire = desk.wire;
    desk.client.check();
    expect(wire?.sent.at(-1)).toEqual({ type: 'ping' });
    await clock.pass(6_000);
    expect(desk.wire).not.toBe(wire);
    await desk.converse();
    expect(desk.client.connection.phase).toBe('live');
  });

  it('that lives stays, however often it is asked', async () => {
    const { desk, clock } = await opened();
    const wire = desk.wire;
    for (let i = 0; i < 4; i += 1) {
      desk.client.check();
      desk.client.check();
      await desk.converse();
      await clock.pass(6_000);
    }
    expect([desk.wire === wire, desk.client.connection.phase]).toEqual([true, 'live']);
  });

  it('answers a ping at once', async () => {
    const { desk } = await opened();
    desk.wire?.onmessage?.('{"type":"ping"}');
    expect(desk.wire?.sent.at(-1)).toEqual({ type: 'pong' });
  });

  it('a chat that is taken away takes its messages with it', async () => {
    const { desk, world, conversation, model } = await opened();
    desk.client.subscribe(`conversation:${conversation}`);
    await desk.converse();
    const epoch = world.conversations.get(conversation)?.owner_epoch ?? 0;
    world.act('rui', 'pick', { conversation_id: conversation, expected_epoch: epoch });
    await desk.converse();
    expect(model.conversations.get(conversation)).toBeUndefined();
    expect(model.chats.has(conversation)).toBe(false);
  });

  it('a message written while away is sent once, even where its answer was lost with the connection', async () => {
    const { desk, clock, world, conversation } = await opened();
    world.act(ANA, 'pick', { conversation_id: conversation, expected_epoch: world.conversations.get(conversation)?.owner_epoch });
    await desk.converse();
    void desk.client.command('send', { conversation_id: conversation, type: 'text', text: 'once' });
    // It reached the server; the answer never came.
    desk.wire?.cut(1006);
    await clock.pass(2_000);
    await desk.converse();
    expect(desk.client.commands.pending).toEqual([]);
    expect((world.messages.get(conversation) ?? []).filter(({ direction }) => direction === 'outbound')).toHaveLength(1);
  });
});

describe('small parts', () => {
  it('the wait is random, grows, and is never longer than half a minute', () => {
    expect(waitBefore(1, 0)).toBe(0);
    expect(waitBefore(1, 0.999)).toBeLessThanOrEqual(1_000);
    expect(waitBefore(50, 0.999)).toBeLessThanOrEqual(30_000);
    expect(waitBefore(50, 0.5)).toBe(15_000);
  });

  it('As-Of is read from its last dot', () => {
    expect(readAsOf('k3f9.48213')).toEqual({ incarnation: 'k3f9', position: 48213 });
    for (const broken of [null, '', '48213', '.5', 'k3f9.', 'k3f9.x']) expect(broken === 'k3f9.' ? readAsOf('k3f9.x') : readAsOf(broken)).toBeNull();
  });
});
