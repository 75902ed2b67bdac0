// What was written without a connection for a chat that somebody else has by then: its writer is told that it was not sent.
import { describe, expect, it, vi } from 'vitest';
import { moves, RUI } from './desk';
import { given, sits, sitsDown, writesIn } from './seat';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();

const told = () => document.querySelector('[role=status][aria-label="Not sent"]')?.textContent ?? '';
const press = (name: string) => [...document.querySelectorAll<HTMLElement>('button')].find(({ textContent }) => textContent === name);

/** Ana answers Maria while nothing reaches the server; meanwhile the chat goes elsewhere. */
async function writesTooLate(to: string | null) {
  const { hands, desk, chats: [maria = '', beatriz = ''] } = await sitsDown();
  await writesIn(maria, hands, 'It left today');
  desk.reachable = false;
  desk.wire?.cut(1006);
  hands.press('Enter');
  await hands.rest();
  moves(desk.world, maria, to, 'taken_back');
  desk.reachable = true;
  hands.opened.client.retryNow();
  await desk.clock.pass(5);
  await hands.rest();
  return { hands, maria, beatriz };
}

describe('a message that came too late for its chat', () => {
  it('is shown with its words and the reason where the chat is not to be seen any more, until it is discarded', async () => {
    const { hands } = await writesTooLate(RUI);
    expect(told()).toMatch(/^Not sent: It left today .*(somebody else|Somebody else)/);
    hands.click(press('Discard') ?? document.body);
    await hands.rest();
    expect([told(), given(hands).filter(({ name }) => name === 'send').length]).toEqual(['', 1]);
  });

  it('is shown on every other page, and leads to its chat, where it stands', async () => {
    const { hands, maria, beatriz } = await writesTooLate(null);
    expect(told()).toBe('');
    await hands.opens(beatriz);
    expect(told()).toMatch(/^Not sent: It left today /);
    hands.click([...document.querySelectorAll<HTMLElement>('[aria-label="Not sent"] button')].find(({ textContent }) => textContent === 'Open') ?? document.body);
    await hands.rest();
    expect([hands.at, told()]).toEqual([maria, '']);
  });
});
