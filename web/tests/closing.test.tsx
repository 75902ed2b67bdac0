// Closing: what was seen is what is closed, it can be undone, and a browser without room stops nothing.
import { act } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { forgetWords, onFull } from '../src/live/shelf';
import { readDraft } from '../src/modules/conversation/pages/drafts';
import { ANA, Desk } from './desk';
import { Hands } from './hands';
import { given, sits, sitsDown, writesIn } from './seat';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();

describe('closing', () => {
  const passes = async (hands: Hands, ms: number) => {
    await act(() => hands.desk.clock.pass(ms));
    await hands.rest();
  };
  const state = (hands: Hands, id: string) => hands.desk.world.conversations.get(id)?.state;

  it('says what was seen: what the customer writes in the five seconds keeps the conversation open, and its agent is told', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    hands.press('e', true);
    desk.world.inbound('c0', 'line', { type: 'text', body: 'One more thing' });
    await hands.rest();
    await passes(hands, 5_100);
    expect(state(hands, maria)).toBe('active');
    expect(document.body.textContent).toMatch(/Not closed: Customer 0.*wrote in the meantime/);
    hands.press('e', true);
    await passes(hands, 5_100);
    expect(state(hands, maria)).toBe('closed');
  });

  it('a refusal is told on whichever page, over nothing, until it is dismissed or opened', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    const told = () => [...document.querySelectorAll('li')].find((one) => one.textContent.includes('Not closed: Customer 0'));
    const press = (name: RegExp) => {
      const button = [...(told()?.querySelectorAll('button') ?? [])].find((one) => name.test(one.ariaLabel ?? ''));
      if (button === undefined) throw new Error('it cannot be pressed');
      hands.click(button);
    };
    const isRefused = async () => {
      await hands.opens(maria);
      hands.press('e', true);
      desk.world.inbound('c0', 'line', { type: 'text', body: 'One more thing' });
      await hands.goesElsewhere();
      await passes(hands, 5_100);
    };
    await isRefused();
    expect(told()?.closest('.fixed, .absolute')).toBeNull();
    await passes(hands, 60_000);
    press(/^Dismiss/);
    await hands.rest();
    expect(told()).toBeUndefined();
    await isRefused();
    press(/^Open: Customer 0/);
    await hands.rest();
    expect([hands.at, told()]).toEqual([maria, undefined]);
    await isRefused();
    expect(told()).toBeDefined();
    desk.world.act(ANA, 'close', { conversation_id: maria });
    await hands.rest();
    expect(told()).toBeUndefined();
  });

  it('leaves Close where it was: the second click of a double one does not undo it', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    const buttons = () => [...document.querySelectorAll<HTMLElement>('section[aria-label^="Conversation with"] > header button')].map((one) => one.textContent);
    const last = buttons().at(-2);
    expect(last).toMatch(/^Close/);
    hands.press('e', true);
    await hands.rest();
    expect(buttons().slice(-3, -1)).toEqual([expect.stringMatching(/^Undo/), last]);
  });

  it('is no alarm to whoever did it', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Begun');
    hands.press('e', true);
    await passes(hands, 5_100);
    expect(hands.field?.readOnly).toBe(true);
    expect(document.querySelector('form [role=status]')?.textContent).toMatch(/was closed. By: You/);
    expect(document.querySelector('[role=alert]')).toBeNull();
  });

  it('is undone by a key, also from another conversation, and covers nothing', async () => {
    const { hands, chats: [maria = '', beatriz = ''] } = await sitsDown();
    await hands.opens(maria);
    hands.press('e', true);
    await hands.opens(beatriz);
    if (hands.field === null) throw new Error('there is no field');
    hands.click(hands.field);
    const bar = [...document.querySelectorAll('li')].find((one) => one.textContent.includes('Will be closed'));
    expect(bar?.closest('section')?.getAttribute('aria-label')).toBe('Conversations');
    expect(bar?.closest('.fixed, .absolute')).toBeNull();
    hands.press('z', true);
    await passes(hands, 6_000);
    expect(state(hands, maria)).toBe('active');
    expect(given(hands)).toEqual([]);
  });

  it('a reload in the five seconds forgets nothing: it can still be undone, and is closed when they are over', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    hands.press('e', true);
    hands.reloads();
    const again = await Hands.at(new Desk(desk.world, desk.clock, ANA));
    await again.rest();
    expect(document.body.textContent).toMatch(/Will be closed/);
    await passes(again, 5_100);
    expect(state(again, maria)).toBe('closed');
    again.leaves();
  });
});

describe('a browser without room', () => {
  it('stops no message, keeps what is written as long as the page is open, and says so once', async () => {
    const { hands, chats: [maria = '', beatriz = ''] } = await sitsDown();
    const told = vi.fn();
    onFull(told);
    const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    await writesIn(maria, hands, 'Sent all the same');
    hands.press('Enter');
    hands.type('Begun');
    await hands.opens(beatriz);
    await hands.opens(maria);
    expect(hands.field?.value).toBe('Begun');
    expect(given(hands)).toMatchObject([{ name: 'send', body: { conversation_id: maria, text: 'Sent all the same' } }]);
    expect(told).toHaveBeenCalledOnce();
    full.mockRestore();
    forgetWords();
    expect(readDraft(ANA, maria)).toBe('');
  });
});
