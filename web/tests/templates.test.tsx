// Where the keys go at the templates: to the values of the one that was clicked, and to the way back where there are none.
import { describe, expect, it, vi } from 'vitest';
import { readsOf } from '../src/modules/conversation/api/reads';
import { sits, sitsDown, writesIn } from './seat';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();

const option = (words: string) => {
  const found = [...document.querySelectorAll<HTMLElement>('[role=option]')].find(({ textContent }) => textContent.includes(words));
  if (found === undefined) throw new Error(`no ${words}`);
  return found;
};

describe('who clicks a template', () => {
  it('writes its first value, and walks through no list', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    hands.press('t');
    await hands.rest();
    hands.click(option('greeting'));
    hands.type('jose');
    await hands.rest();
    const [value] = [...document.querySelectorAll('textarea')].map(({ value }) => value);
    expect([hands.at, value]).toEqual([maria, 'jose']);
  });

  it('of several, writes the value of the one that was clicked', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    const one = { language: 'en', category: 'utility', parameters: 1 };
    readsOf(hands.opened).templates = () => Promise.resolve([{ ...one, name: 'greeting', body: 'Hello {{1}}' }, { ...one, name: 'parting', body: 'Good bye {{1}}' }]);
    await hands.opens(maria);
    hands.press('t');
    await hands.rest();
    hands.click(option('parting'));
    hands.type('Ana');
    expect(document.querySelector('figure')?.textContent).toBe('Good bye Ana');
  });
});

describe('templates that cannot be shown', () => {
  const shown = () => document.querySelector('section[aria-label="Send a template"]') !== null;

  it('are left with Escape, for the words that were begun', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    readsOf(hands.opened).templates = () => Promise.reject(new Error('no connection'));
    await writesIn(maria, hands, 'Dear Maria');
    hands.press('t', true);
    await hands.rest();
    expect(shown()).toBe(true);
    hands.press('Escape');
    await hands.rest();
    expect([hands.at, shown(), hands.isInField, hands.field?.value]).toEqual([maria, false, true, 'Dear Maria']);
  });

  it('are searched at once when they are there after all', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    const { templates } = readsOf(hands.opened);
    readsOf(hands.opened).templates = () => Promise.reject(new Error('no connection'));
    await writesIn(maria, hands, 'Dear Maria');
    hands.press('t', true);
    await hands.rest();
    readsOf(hands.opened).templates = templates;
    const again = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Try again');
    hands.click(again ?? document.body);
    await hands.rest();
    hands.type('gre');
    expect(document.querySelector<HTMLInputElement>('[role=combobox]')?.value).toBe('gre');
  });
});
