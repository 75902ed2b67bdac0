// Templates with the mouse: whoever chooses one is where its values are written.
import { describe, expect, it, vi } from 'vitest';
import { sits, sitsDown } from './seat';

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
    hands.opened.templates = () => Promise.resolve([{ ...one, name: 'greeting', body: 'Hello {{1}}' }, { ...one, name: 'parting', body: 'Good bye {{1}}' }]);
    await hands.opens(maria);
    hands.press('t');
    await hands.rest();
    hands.click(option('parting'));
    hands.type('Ana');
    expect(document.querySelector('figure')?.textContent).toBe('Good bye Ana');
  });
});
