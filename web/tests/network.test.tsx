// What the browser says of its network: the connection that may have died with it is asked at once.
import { describe, expect, it, vi } from 'vitest';
import { sits, sitsDown } from './seat';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();

describe('a connection is asked whether it lives', () => {
  const happenings: [string, () => void][] = [
    ['the network has gone', () => window.dispatchEvent(new Event('offline'))],
    ['another network has come', () => window.dispatchEvent(new Event('online'))],
    ['the page has woken', () => document.dispatchEvent(new Event('visibilitychange'))],
  ];
  it.each(happenings)('when %s', async (_, happens) => {
    const { hands, desk } = await sitsDown();
    const before = desk.wire?.sent.length;
    happens();
    expect(desk.wire?.sent.slice(before)).toEqual([{ type: 'ping' }]);
    await hands.rest();
    expect(hands.opened.client.connection.phase).toBe('live');
  });
});
