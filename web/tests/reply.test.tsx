// The reply clock as its agent sees it: when it is shown, what is said before it ends, and that typing is told.
import { act, render } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ReplyWarnings } from '../src/modules/conversation/bars/ReplyWarnings';
import { setSkew } from '../src/i18n/now';
import { DeskContext, useLive } from '../src/live/store';
import { ConversationRow } from '../src/modules/conversation/pages/ConversationRow';
import { ANA, type Desk, moves, RUI, runs } from './desk';
import type { Hands } from './hands';
import { sits, sitsDown } from './seat';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();
afterEach(() => setSkew(0));

const S = 1_000;

/** Ana at her desk, from which she sees everybody's chats: one of hers, and one of Rui's. */
async function seesBoth(open = vi.fn()): Promise<{ hands: Hands; desk: Desk; own: string; others: string; open: typeof open }> {
  const { hands, desk, chats } = await sitsDown((world, chats) => {
    moves(world, chats[3] ?? '', RUI, 'assigned');
    const ana = world.users.get(ANA);
    if (ana) ana.role = 'supervisor';
  });
  act(() => void render(<DeskContext value={hands.opened}><ReplyWarnings shown={undefined} open={open} /></DeskContext>));
  return { hands, desk, own: chats[0] ?? '', others: chats[3] ?? '', open };
}

/** The clock of a chat began so long ago, and ends in so long. */
async function clockOf(hands: Hands, desk: Desk, id: string, beganS: number, leftS: number): Promise<void> {
  runs(desk.world, id, Date.now() - beganS * S, Date.now() + leftS * S);
  await hands.rest();
}

/** The list draws no rows where nothing has a height: one of it, by itself. */
function Row({ id }: { id: string }) {
  const chat = useLive(({ model }) => model.conversations.get(id));
  return chat && <ConversationRow conversation={chat} chosen={false} place="all" open={() => undefined} />;
}

function showRow(hands: Hands, id: string): void {
  act(() => void render(<DeskContext value={hands.opened}><Row id={id} /></DeskContext>));
}

const countdowns = () => [...document.querySelectorAll('[title^="Answer before"]')].map(({ textContent }) => textContent);
const notices = () => [...(document.querySelector('[role=status][aria-label=Notices]')?.children ?? [])].map(({ textContent }) => textContent);

describe('the reply clock', () => {
  it('is shown in the list and in the header from half of its time on', async () => {
    const { hands, desk, own } = await seesBoth();
    await clockOf(hands, desk, own, 60, 120);
    await hands.opens(own);
    showRow(hands, own);
    expect(countdowns()).toEqual([]);
    await clockOf(hands, desk, own, 100, 80.5);
    expect(countdowns()).toHaveLength(2);
    for (const shown of countdowns()) expect(shown).toMatch(/^answer within01:2[012]$/);
    expect(notices()).toEqual([]);
  });

  it('is gone once the agent has answered, and so is its warning', async () => {
    const { hands, desk, own } = await seesBoth();
    await clockOf(hands, desk, own, 160, 20);
    await hands.opens(own);
    showRow(hands, own);
    expect([countdowns().length, notices().length]).toEqual([2, 1]);
    hands.field?.focus();
    hands.type('Yes');
    hands.press('Enter');
    await hands.rest();
    expect([countdowns(), notices()]).toEqual([[], []]);
  });

  it('warns once before its end, in words, and leads to the chat', async () => {
    const { hands, desk, own, open } = await seesBoth();
    await clockOf(hands, desk, own, 160, 20);
    expect(notices()).toHaveLength(1);
    const [said] = notices();
    expect(said).toMatch(/^Customer 0 waits for your answer: in (19|20|21) sec the conversation goes back to its queue.Open$/);
    // Seconds pass, and the customer writes once more.
    desk.world.inbound('c0', 'line', { type: 'text', body: 'Anybody?' });
    await hands.rest();
    for (const ms of [1_000, 2_000, 3_000]) act(() => setSkew(ms));
    expect(notices()).toEqual([said]);
    hands.click(document.querySelector<HTMLElement>('[role=status] button') ?? document.body);
    expect(open).toHaveBeenCalledWith(own);
  });

  it('of somebody else’s chat is shown and not warned of', async () => {
    const { hands, desk, others } = await seesBoth();
    await clockOf(hands, desk, others, 160, 20);
    showRow(hands, others);
    expect([countdowns().length, notices()]).toEqual([1, []]);
  });

  it('that was given more time is warned of again when that ends', async () => {
    const { hands, desk, own } = await seesBoth();
    await clockOf(hands, desk, own, 160, 20);
    await clockOf(hands, desk, own, 160, 60);
    expect(notices()).toEqual([]);
    await clockOf(hands, desk, own, 200, 20);
    expect(notices()).toHaveLength(1);
  });

  it('typing is told, at most every three seconds', async () => {
    const { hands, desk, own } = await seesBoth();
    await hands.opens(own);
    hands.field?.focus();
    hands.type('On its way');
    await hands.rest();
    expect(desk.wire?.sent.filter(({ type }) => type === 'typing')).toEqual([{ type: 'typing', conversation_id: own }]);
  });
});
