// Everything by its name, and by the keyboard alone: Ctrl K, a few letters, Enter.
import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { sits, sitsDown, writesIn } from './seat';
import type { Hands } from './hands';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();

const field = () => screen.queryByRole<HTMLInputElement>('combobox', { name: 'What to do, or whom to find' });
const offered = () => screen.queryAllByRole('option').map((option) => option.querySelector('span')?.textContent);
const chosen = () => screen.getByRole('option', { selected: true }).querySelector('span')?.textContent;

async function calls(hands: Hands): Promise<void> {
  hands.press('k', false, true);
  await hands.rest();
}

describe('the palette', () => {
  it('goes to a section, of those that one may see', async () => {
    const { hands } = await sitsDown(undefined, 'shell');
    await calls(hands);
    expect(offered()).toEqual(['Inbox', 'Keys']);
    await calls(hands);
    expect(field()).toBeNull();
    hands.opened.me.permissions.push('board.read');
    await calls(hands);
    hands.type('bo');
    await hands.rest();
    expect(offered()).toEqual(['Board', 'Inbox']);
    hands.press('Enter');
    await hands.rest();
    expect([field(), hands.path]).toEqual([null, '/board']);
  });

  it('finds a conversation by the customer’s name, and opens it', async () => {
    const { hands, chats } = await sitsDown(undefined, 'shell');
    await calls(hands);
    hands.type('mer 2');
    await hands.rest();
    expect(offered()).toEqual(['Customer 2']);
    hands.press('Enter');
    await hands.rest();
    expect(hands.at).toBe(chats[2]);
  });

  it('does what may be done with the open chat, and says why where it may not be', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown(undefined, 'shell');
    await hands.opens(maria);
    await calls(hands);
    // Enter does something: what cannot be done now stands last.
    expect(offered()).toEqual(['Answer', 'Templates', 'Close', 'Details', 'Back to the list', 'Pick', 'Inbox', 'Keys']);
    expect(screen.getByRole('option', { name: /^Pick/ }).textContent).toContain('It is not waiting in a queue');
    // What cannot be done does nothing, and the palette stays.
    for (let at = 0; at < 5; at += 1) hands.press('ArrowDown');
    expect(chosen()).toContain('Pick');
    hands.press('Enter');
    expect(field()).not.toBeNull();
    hands.type('clo');
    await hands.rest();
    hands.press('Enter');
    await hands.rest();
    expect(hands.opened.closings.of(maria)).toBeDefined();
  });

  it('arrows move through it, past either end', async () => {
    const { hands } = await sitsDown(undefined, 'shell');
    await calls(hands);
    expect(chosen()).toBe('Inbox');
    hands.press('ArrowUp');
    expect(chosen()).toBe('Keys');
    hands.press('ArrowDown');
    expect(chosen()).toBe('Inbox');
    hands.press('ArrowDown');
    hands.press('Enter');
    await hands.rest();
    expect(screen.getByRole('dialog', { name: 'Keys' }).textContent).toContain('Commands');
  });

  it('is there while one writes, and takes nothing of what was written', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown(undefined, 'shell');
    await writesIn(maria, hands, 'Dear Maria');
    await calls(hands);
    hands.type('answer');
    await hands.rest();
    expect(hands.field?.value).toBe('Dear Maria');
    hands.press('Enter');
    await hands.rest();
    expect(hands.isInField).toBe(true);
    hands.type(', yes');
    expect(hands.field?.value).toBe('Dear Maria, yes');
  });

  it('left again, letters are orders as before', async () => {
    const { hands, chats } = await sitsDown(undefined, 'shell');
    await calls(hands);
    hands.type('x');
    await calls(hands);
    expect(field()).toBeNull();
    hands.press('j');
    await hands.rest();
    expect(chats).toContain(hands.at);
  });

  it('says so where nothing has the words', async () => {
    const { hands } = await sitsDown(undefined, 'shell');
    await calls(hands);
    hands.type('qqq');
    await hands.rest();
    expect(screen.getByText('Nothing here is called “qqq”.')).toBeTruthy();
  });
});
