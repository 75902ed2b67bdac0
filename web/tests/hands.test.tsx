// Fast fingers while the world moves: what is typed for one customer reaches no other, whatever becomes of the chat meanwhile.
import fc from 'fast-check';
import { act } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { CommandBodies } from '../src/api/types';
import { readDraft } from '../src/modules/conversation/pages/drafts';
import { ANA, Desk, moves, RUI, shuts } from './desk';
import { Hands } from './hands';
import { given, sits, sitsDown, writesIn } from './seat';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();

/** Letters that would walk through the list do nothing. */
async function walksNowhere(hands: Hands): Promise<void> {
  const { at } = hands;
  for (const key of 'jk') {
    hands.press(key);
    await hands.rest();
    expect(hands.at).toBe(at);
  }
}
const alert = () => document.querySelector('[role=alert]')?.textContent ?? '';

describe('a chat that leaves its writer', () => {
  const ways: [string, string, (desk: Desk, id: string) => void, RegExp][] = [
    ['closed elsewhere', '', (desk, id) => void desk.world.act(ANA, 'close', { conversation_id: id }), /was closed/],
    ['taken back', '', (desk, id) => moves(desk.world, id, null, 'taken_back'), /not answered in time/],
    ['given to somebody else', '', (desk, id) => moves(desk.world, id, RUI, 'transferred'), /with somebody else/],
    ['shut by the service window', '', (desk, id) => shuts(desk.world, id), /service window has shut/],
  ];

  it.each(ways)('%s: the field stays, focused, read-only, with its words and what happened%s', async (_, __, happens, says) => {
    const { hands, desk, chats: [maria = '', beatriz = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Good mor');
    const field = hands.field;
    happens(desk, maria);
    await hands.rest();
    expect(hands.field).toBe(field);
    expect(hands.isInField).toBe(true);
    expect(field?.readOnly).toBe(true);
    expect(field?.value).toBe('Good mor');
    expect(alert()).toMatch(says);
    hands.type('jkripte e1/?b');
    hands.press('Enter');
    await hands.rest();
    expect(hands.at).toBe(maria);
    expect(given(hands)).toEqual([]);
    expect(field?.value).toBe('Good mor');
    expect(readDraft(ANA, beatriz)).toBe('');
  });

  it('no plain letter is a shortcut where the field went, until Escape or a click', async () => {
    const { hands, chats: [maria = '', beatriz = '', carla = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Hi');
    // The address is changed by the browser, say: the field goes, and the hands are still at it.
    await hands.opens(beatriz);
    act(() => hands.field?.blur());
    hands.field?.remove();
    hands.press('j');
    await hands.rest();
    expect(hands.at).toBe(beatriz);
    hands.press('Escape');
    await hands.rest();
    expect(hands.at).toBe(beatriz);
    hands.press('j');
    await hands.rest();
    expect([maria, carla]).toContain(hands.at);
  });

  it('taken again by its writer, it is written on in at once; given back by itself, only when they have looked', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Good mor');
    moves(desk.world, maria, null, 'taken_back');
    await hands.rest();
    hands.type('ning');
    hands.press('p', true);
    await hands.rest();
    hands.type('n');
    expect(hands.field?.value).toBe('Good morn');
    moves(desk.world, maria, null, 'taken_back');
    await hands.rest();
    hands.type('ing');
    moves(desk.world, maria, ANA, 'assigned');
    await hands.rest();
    hands.press('Enter');
    expect(given(hands)).toMatchObject([{ name: 'pick' }]);
    expect(alert()).toMatch(/yours again/);
    hands.press('Escape');
    hands.type('ing');
    hands.press('Enter');
    expect(given(hands).slice(1)).toMatchObject([{ name: 'send', body: { conversation_id: maria, text: 'Good morning' } }]);
  });
});

describe('a field that was locked under its writer', () => {
  const button = (name: RegExp) => [...document.querySelectorAll('form button')].find((one): one is HTMLButtonElement => name.test(one.textContent));

  it('is still there when the click on what it offers arrives, also when nothing was written', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, '');
    moves(desk.world, maria, null, 'taken_back');
    await hands.rest();
    const again = button(/Pick again/);
    if (again === undefined) throw new Error('nothing is offered');
    hands.click(again);
    await hands.rest();
    hands.type('Here');
    expect([desk.world.conversations.get(maria)?.owner, hands.field?.value]).toEqual([{ kind: 'agent', id: ANA }, 'Here']);
  });

  it('takes nothing before its writer has looked: neither Alt alone nor what AltGr writes says so', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Good');
    moves(desk.world, maria, null, 'taken_back');
    await hands.rest();
    hands.type(' m');
    moves(desk.world, maria, ANA, 'assigned');
    await hands.rest();
    for (const key of ['Alt', 'AltGraph', 'q']) hands.press(key, true);
    hands.type('orning');
    expect([hands.field?.readOnly, hands.field?.value]).toEqual([true, 'Good']);
  });
});

describe('who leaves the field by Escape', () => {
  it('is in no other before they say so: J, J and R walk, and what follows is for the chat that R was pressed in', async () => {
    const { hands, chats } = await sitsDown();
    await writesIn(chats[0] ?? '', hands, 'For the first');
    for (const key of ['Escape', 'j', 'j']) hands.press(key);
    expect(hands.isInField).toBe(false);
    hands.press('r');
    hands.type('Hello');
    hands.press('Enter');
    await hands.rest();
    expect(chats.slice(1)).toContain(hands.at);
    expect(given(hands)).toMatchObject([{ name: 'send', body: { conversation_id: hands.at, text: 'Hello' } }]);
    expect(chats.filter((id) => readDraft(ANA, id) !== '')).toEqual([chats[0]]);
  });

  it('and goes on in it is in it again: it may be taken again, too', async () => {
    const { hands, desk, chats: [maria = '', beatriz = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Good');
    moves(desk.world, maria, null, 'taken_back');
    await hands.rest();
    hands.type(' m');
    moves(desk.world, maria, ANA, 'assigned');
    await hands.rest();
    hands.press('Escape');
    hands.type(' morning');
    // The browser's own way to another conversation.
    await hands.opens(beatriz);
    act(() => hands.field?.blur());
    hands.field?.remove();
    await walksNowhere(hands);
  });
});

describe('templates where only they may be sent', () => {
  const search = () => document.querySelector<HTMLInputElement>('[role=combobox]');
  const writesAgain = (desk: Desk) => desk.world.inbound('c0', 'line', { type: 'text', body: 'Here I am again' });

  it('go with their reason: when the window is open again, free text is possible at once', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    shuts(desk.world, maria);
    await hands.rest();
    hands.press('t');
    await hands.rest();
    expect(document.activeElement).toBe(search());
    hands.press('Escape');
    writesAgain(desk);
    await hands.rest();
    expect([search(), hands.field?.readOnly]).toEqual([null, false]);
  });

  it('stay under the fingers of who is at them, with the way back to writing', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    shuts(desk.world, maria);
    await hands.rest();
    hands.press('t');
    await hands.rest();
    hands.type('gre');
    writesAgain(desk);
    await hands.rest();
    hands.type('eting');
    expect([search()?.value, document.activeElement === search(), readDraft(ANA, maria)]).toEqual(['greeting', true, '']);
    hands.press('Escape');
    hands.press('Escape');
    await hands.rest();
    expect(hands.isInField).toBe(true);
  });
});

describe('words that were begun', () => {
  const key = (id: string) => `dashoffice.draft.${ANA}.${id}`;
  /** Another window does that. */
  const elsewhere = (id: string, words: string | null) =>
    act(() => {
      if (words === null) localStorage.removeItem(key(id));
      else localStorage.setItem(key(id), words);
      window.dispatchEvent(new StorageEvent('storage', { key: key(id), newValue: words }));
    });
  const press = (hands: Hands, name: string) => {
    const button = [...document.querySelectorAll('button')].find((one) => one.textContent === name);
    if (button === undefined) throw new Error(`no ${name}`);
    hands.click(button);
  };

  it('are the same in two windows, and gone in both when they are sent', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    elsewhere(maria, 'Begun there');
    expect(hands.field?.value).toBe('Begun there');
    elsewhere(maria, null);
    expect(hands.field?.value).toBe('');
  });

  it('hold as they are typed here, whatever comes late from another window', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Typed here');
    elsewhere(maria, 'Typed ther');
    hands.type(' last');
    expect([hands.field?.value, readDraft(ANA, maria)]).toEqual(['Typed here last', 'Typed here last']);
  });

  it('go on at their end, also in a field that is new', async () => {
    const { hands, chats: [maria = '', beatriz = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Dear Maria');
    await hands.opens(beatriz);
    await hands.opens(maria);
    hands.click(document.body);
    hands.press('r');
    expect([hands.isInField, hands.field?.selectionStart]).toEqual([true, 'Dear Maria'.length]);
    // Later it is where its writer left it.
    hands.field?.setSelectionRange(4, 4);
    hands.click(document.body);
    hands.press('r');
    expect(hands.field?.selectionStart).toBe(4);
  });

  it('are seen where nothing can be written, also those that come there later, and can be let go', async () => {
    const { hands, desk, chats: [maria = '', beatriz = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Dear Maria');
    await hands.opens(beatriz);
    moves(desk.world, maria, null, 'taken_back');
    await hands.rest();
    await hands.opens(maria);
    expect(document.body.textContent).toMatch(/You began to write: Dear Maria/);
    elsewhere(maria, 'Dear Maria and family');
    expect(document.body.textContent).toMatch(/Dear Maria and family/);
    press(hands, 'Discard');
    expect([document.body.textContent.includes('Dear Maria'), readDraft(ANA, maria)]).toEqual([false, '']);
  });

  it('and were locked under their writer, can be let go', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Dear Maria');
    desk.world.act(ANA, 'close', { conversation_id: maria });
    await hands.rest();
    const described = document.getElementById(hands.field?.getAttribute('aria-describedby') ?? '');
    expect(described?.textContent).toMatch(/was closed.*Your words are kept/);
    press(hands, 'Discard');
    expect([hands.field?.value, readDraft(ANA, maria)]).toEqual(['', '']);
    hands.click(document.body);
    expect(hands.field).toBeNull();
  });
});

describe('who sends by the keyboard', () => {
  async function fillsIn(hands: Hands, id: string): Promise<void> {
    await hands.opens(id);
    if (hands.field === null) throw new Error('there is no field');
    hands.click(hands.field);
    hands.press('t', true);
    await hands.rest();
    hands.press('Enter');
    hands.type('Maria');
    hands.press('Enter');
  }
  const submits = (hands: Hands) => {
    if (!(document.activeElement instanceof HTMLButtonElement)) throw new Error('there is no button');
    hands.clicks(document.activeElement);
  };

  it('a template, goes on writing: what they type next is an answer', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await fillsIn(hands, maria);
    submits(hands);
    hands.type('jk');
    await hands.rest();
    expect([hands.at, readDraft(ANA, maria)]).toEqual([maria, 'jk']);
  });

  it('a template, and loses the chat in that moment, presses no shortcuts', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await fillsIn(hands, maria);
    submits(hands);
    desk.world.act(ANA, 'close', { conversation_id: maria });
    await hands.rest();
    await walksNowhere(hands);
    expect(readDraft(ANA, maria)).toBe('');
  });

  it('an answer by its button, and loses the chat in that moment, presses no shortcuts', async () => {
    const { hands, desk, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Bye');
    const button = hands.field?.form?.querySelector<HTMLElement>('[type=submit]');
    act(() => button?.focus());
    submits(hands);
    desk.world.act(ANA, 'close', { conversation_id: maria });
    await hands.rest();
    await walksNowhere(hands);
  });
});

describe('keys', () => {
  it('closing is never a plain letter', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await hands.opens(maria);
    hands.type('eE');
    await hands.rest();
    expect(document.body.textContent).not.toMatch(/Will be closed/);
    hands.press('e', true);
    await hands.rest();
    expect(document.body.textContent).toMatch(/Will be closed/);
  });

  it('a chat is open before the next key comes: what follows its key is for it', async () => {
    const { hands, chats } = await sitsDown();
    await hands.opens(chats[0] ?? '');
    // No time between them in which anything could settle.
    for (const key of ['j', 'r', 'o', 'k', 'Enter']) hands.press(key);
    await hands.rest();
    expect(hands.at).not.toBe(chats[0]);
    expect(given(hands).map(({ body }) => (body as CommandBodies['send']).conversation_id)).toEqual([hands.at]);
  });

  it('who goes on to the next chat while writing writes there, and nothing of it stands in the other', async () => {
    const { hands, chats: [maria = ''] } = await sitsDown();
    await writesIn(maria, hands, 'For the first');
    hands.press('ArrowDown', true);
    hands.type('jk');
    await hands.rest();
    const next = hands.at ?? '';
    expect(next).not.toBe(maria);
    expect([readDraft(ANA, maria), readDraft(ANA, next)]).toEqual(['For the first', 'jk']);
  });

  it('one customer’s box is empty of what was begun for another', async () => {
    const { hands, chats: [maria = '', beatriz = ''] } = await sitsDown();
    await writesIn(maria, hands, 'Dear Maria');
    await hands.opens(beatriz);
    expect(hands.field?.value).toBe('');
    await hands.opens(maria);
    expect(hands.field?.value).toBe('Dear Maria');
  });
});

type Step =
  | { do: 'type'; key: string }
  | { do: 'enter' | 'escape' | 'next' | 'previous' | 'field' | 'elsewhere' | 'rest' | 'cut' | 'anew' | 'take' }
  | { do: 'see'; frames: number }
  | { do: 'close' | 'back' | 'away' | 'mine' | 'shut' | 'wrote'; chat: number };

const chat = fc.nat(3);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('j', 'k', 'r', 'p', 't', 'e', 'i', 'b', '1', '/', '?').map((key): Step => ({ do: 'type', key })) },
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'enter' }, { do: 'field' }) },
  // Away from the field, and on by letters.
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'escape' }, { do: 'type', key: 'j' }, { do: 'type', key: 'r' }) },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: 'escape' }, { do: 'next' }, { do: 'previous' }, { do: 'elsewhere' }, { do: 'take' }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('see' as const), frames: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'rest' }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'back' as const, 'away' as const, 'mine' as const, 'shut' as const, 'wrote' as const), chat }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'cut' }, { do: 'anew' }) },
);

describe('random interleavings of key strokes and live frames', () => {
  it('text typed for A is never sent to B', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), play), { numRuns: Number(process.env.INTERLEAVINGS ?? 25), seed: 34 });
  }, 300_000);
});

/** For whom somebody types follows from what they did on purpose: the chat whose field they were in when their sentence began. */
async function play(steps: Step[]): Promise<void> {
  const { hands, desk, chats } = await sitsDown();
  await hands.opens(chats[0] ?? '');
  const hand: { writing: string | null } = { writing: null };
  const meant = new Map<string, string>();
  let judged = 0;
  const looks = () => {
    // What they look at when they turn to the field themselves.
    hand.writing = hands.isInField ? (shownId(hands) ?? null) : null;
  };
  try {
    for (const one of steps) {
      const before = { at: shownId(hands), writing: hand.writing, inField: hands.isInField };
      switch (one.do) {
        case 'type':
          if (before.writing !== null) meant.set(before.writing, (meant.get(before.writing) ?? '') + one.key);
          hands.press(one.key);
          if (before.writing === null) looks();
          break;
        case 'enter': hands.press('Enter'); break;
        case 'escape': hands.press('Escape'); looks(); break;
        case 'next': hands.press('ArrowDown', true); looks(); break;
        case 'previous': hands.press('ArrowUp', true); looks(); break;
        case 'take': hands.press('p', true); break;
        case 'field': if (hands.field !== null) hands.click(hands.field); looks(); break;
        case 'elsewhere': hands.click(document.body); looks(); break;
        case 'rest': await hands.rest(); break;
        case 'see': hands.sees(one.frames); break;
        case 'cut': desk.wire?.cut(1006); break;
        case 'anew': desk.world.incarnation = `m${desk.world.position}`; desk.wire?.resync('incarnation_changed'); break;
        case 'close': desk.world.act(ANA, 'close', { conversation_id: chats[one.chat] ?? '' }); break;
        case 'back': moves(desk.world, chats[one.chat] ?? '', null, 'taken_back'); break;
        case 'away': moves(desk.world, chats[one.chat] ?? '', RUI, 'transferred'); break;
        case 'mine': moves(desk.world, chats[one.chat] ?? '', ANA, 'assigned'); break;
        case 'shut': shuts(desk.world, chats[one.chat] ?? ''); break;
        case 'wrote': desk.world.inbound(`c${one.chat}`, 'line', { type: 'text', body: 'And another thing' }); break;
      }
      // Only what is there to go to the field goes to it.
      if (!before.inField && one.do === 'type' && one.key !== 'r') expect(hands.isInField, 'nobody who walks is put into a field').toBe(false);
      if (before.writing !== null && (one.do === 'type' || one.do === 'enter' || one.do === 'see' || one.do === 'rest')) {
        expect(shownId(hands), 'nobody who writes is taken elsewhere').toBe(before.at);
      }
      const all = given(hands);
      for (const { name, body } of all.slice(judged)) {
        const { conversation_id: to, text } = body as { conversation_id: string; text?: string };
        if (name === 'send') expect(isWithin(text ?? '', meant.get(to) ?? ''), `“${text}” was meant for ${to}`).toBe(true);
        else expect(one.do === 'take' || before.writing === null, `${name} while writing`).toBe(true);
        expect(name).not.toBe('close');
      }
      judged = all.length;
    }
    for (const id of chats) expect(isWithin(readDraft(ANA, id), meant.get(id) ?? ''), `the draft of ${id}`).toBe(true);
  } finally {
    hands.leaves();
  }
}

function shownId(hands: Hands): string | undefined {
  const shown = document.querySelector('section[aria-label^="Conversation with"] h2')?.textContent;
  return [...hands.desk.world.conversations.values()].find(({ contact }) => contact.name === shown)?.id;
}

/** Whether the letters of `part` stand in `whole` in their order. */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const letter of whole) if (letter === part[at]) at += 1;
  return at === part.length;
}
