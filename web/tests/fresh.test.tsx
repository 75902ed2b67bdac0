// Lists that are read beside the socket: page by page, and read again when the socket tells that they are old.
import { act, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renameRecord } from '../mock/records';
import type { Id } from '../src/api/types';
import { READ_AGAIN_AFTER_MS } from '../src/live/freshness';
import { type ListQuery, type Pages, type Resource, usePages } from '../src/live/resources';
import { DeskContext } from '../src/live/store';
import { sits, sitsDown } from './seat';

// Only to end what hangs, however slow the machine.
vi.setConfig({ testTimeout: 120_000 });

sits();

interface Row {
  id: Id;
}
const numbers: Resource<Row> = { path: '/numbers', nouns: ['number', 'directory'] };

/** Three pages of one row each; says what was asked. */
function serves(): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string) => {
    const { pathname, searchParams } = new URL(path, 'http://test');
    asked.push(`${pathname}?${searchParams.toString()}`);
    const at = Number(searchParams.get('cursor') ?? 1);
    return Promise.resolve(new Response(JSON.stringify({ items: [{ id: `row ${at}` }], next_cursor: at < 3 ? String(at + 1) : null })));
  });
  return asked;
}
afterEach(() => {
  vi.unstubAllGlobals();
});

async function looks(query: ListQuery = {}) {
  const asked = serves();
  const { hands, desk } = await sitsDown();
  let pages!: Pages<Row>;
  function List({ query }: { query: ListQuery }) {
    pages = usePages(numbers, query);
    return <p>{`page ${pages.number}: ${pages.rows?.map(({ id }) => id).join() ?? 'opening'}`}</p>;
  }
  const whole = (query: ListQuery) => <DeskContext value={hands.opened}><List query={query} /></DeskContext>;
  const { rerender } = render(whole(query));
  const shows = (words: string) => vi.waitFor(() => expect(screen.getByText(words)).toBeTruthy());
  await act(() => shows('page 1: row 1'));
  // The connection has just come: whatever was read before it is read once more.
  await act(() => desk.clock.pass(READ_AGAIN_AFTER_MS));
  await act(() => vi.waitFor(() => expect(asked).toHaveLength(2)));
  asked.length = 0;
  return { asked, hands, desk, shows, pages: () => pages, asks: (query: ListQuery) => rerender(whole(query)) };
}

describe('a list', () => {
  it('is read page by page, there and back, and from its beginning where something else is asked for', async () => {
    const { asked, shows, pages, asks } = await looks({ filters: { state: 'connected' }, sort: '-name', limit: 1 });
    act(() => pages().next?.());
    await act(() => shows('page 2: row 2'));
    act(() => pages().next?.());
    await act(() => shows('page 3: row 3'));
    expect(pages().next).toBeUndefined();
    act(() => pages().previous?.());
    await act(() => shows('page 2: row 2'));
    asks({ filters: { state: 'stopped' }, limit: 1 });
    await act(() => shows('page 1: row 1'));
    expect(pages().previous).toBeUndefined();
    expect(asked).toEqual([
      '/api/v1/numbers?state=connected&sort=-name&limit=1&cursor=2',
      '/api/v1/numbers?state=connected&sort=-name&limit=1&cursor=3',
      '/api/v1/numbers?state=stopped&limit=1',
    ]);
  });

  it('is read again when one of its things has changed: once, however many changed', async () => {
    const { asked, hands, desk } = await looks();
    for (const state of ['stopped', 'connected', 'stopped'] as const) desk.world.setNumber('line', state, null);
    await hands.rest();
    expect(asked).toHaveLength(0);
    await act(() => desk.clock.pass(READ_AGAIN_AFTER_MS));
    expect(asked).toHaveLength(1);
    await act(() => desk.clock.pass(10 * READ_AGAIN_AFTER_MS));
    expect(asked).toHaveLength(1);
  });

  it('is read again when a record of its kind has changed, and not when one of another kind has', async () => {
    const { asked, hands, desk } = await looks();
    renameRecord(desk.world, 'tag', 'red');
    await hands.rest();
    await act(() => desk.clock.pass(READ_AGAIN_AFTER_MS));
    expect(asked).toHaveLength(0);
    renameRecord(desk.world, 'number', 'line');
    await hands.rest();
    await act(() => desk.clock.pass(READ_AGAIN_AFTER_MS));
    expect(asked).toHaveLength(1);
  });

  it('is left alone by what happens to other things', async () => {
    const { asked, hands, desk } = await looks();
    desk.world.inbound('c0', 'line', { type: 'text', body: 'hello' });
    await hands.rest();
    await act(() => desk.clock.pass(READ_AGAIN_AFTER_MS));
    expect(asked).toHaveLength(0);
  });

  it('is read again after a gap in which changes may have been missed', async () => {
    const { asked, hands, desk } = await looks();
    desk.wire?.resync('lagging');
    await hands.rest();
    await act(() => desk.clock.pass(READ_AGAIN_AFTER_MS));
    expect(asked).toHaveLength(1);
  });
});
