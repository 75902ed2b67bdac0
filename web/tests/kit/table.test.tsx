// A table of the administration: sorted, narrowed, chosen from and walked through by the keyboard alone.
import { act, fireEvent, screen, within } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import type { Pages } from '../../src/live/resources';
import { Empty } from '../../src/ui/Empty';
import { Filters } from '../../src/ui/table/Filters';
import { type Column, Table } from '../../src/ui/table/Table';
import { axeObjectsToNothing, furnished, press, show } from './kit';

furnished();

interface Person {
  id: string;
  name: string;
  role: string;
}
const PEOPLE: Person[] = ['Ana', 'Bia', 'Caio'].map((name) => ({ id: name.toLowerCase(), name, role: 'agent' }));
const COLUMNS: Column<Person>[] = [
  { key: 'name', name: 'Name', cell: ({ name }) => name, sort: 'name' },
  { key: 'role', name: 'Role', cell: ({ role }) => role },
  { key: 'id', name: 'Id', cell: ({ id }) => id, hidden: true },
];
/** jsdom opens no popover. */
const SHUT = { hidden: true };
const whole: Pages<Person> = { rows: PEOPLE, failed: null, isOld: false, again: () => undefined, number: 1, next: undefined, previous: undefined };

function People({ pages = whole, open = () => undefined, sortBy, isFiltered }: { pages?: Pages<Person>; open?: (row: Person) => void; sortBy?: (sort: string) => void; isFiltered?: boolean }) {
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  return (
    <Table
      id="people" label="People" columns={COLUMNS} nameOf={({ name }) => name} pages={pages} open={open} sort="name" empty={<Empty title="Nobody yet" hint="Invite somebody." />}
      selection={{ chosen, choose, actions: <button type="button">Archive</button> }}
      {...(sortBy === undefined ? {} : { sortBy })} {...(isFiltered === undefined ? {} : { isFiltered, clearFilters: () => undefined })}
    />
  );
}

describe('a table', () => {
  it('is walked by arrows from name to name, and Enter opens', async () => {
    const open = vi.fn();
    await show(<People open={open} />);
    screen.getByRole('button', { name: 'Ana' }).focus();
    press('ArrowDown');
    expect(document.activeElement?.textContent).toBe('Bia');
    press('End');
    expect(document.activeElement?.textContent).toBe('Caio');
    press('ArrowDown');
    expect(document.activeElement?.textContent).toBe('Caio');
    press('Home');
    expect(document.activeElement?.textContent).toBe('Ana');
    // Enter on a button is a click.
    fireEvent.click(document.activeElement ?? document.body);
    expect(open).toHaveBeenCalledWith(PEOPLE[0]);
  });

  it('is chosen from with the blank, and says how many are chosen and what may be done with them', async () => {
    await show(<People />);
    expect(screen.queryByRole('toolbar')).toBeNull();
    screen.getByRole('button', { name: 'Bia' }).focus();
    press(' ');
    const bar = screen.getByRole('toolbar', { name: '1 selected' });
    expect(within(bar).getByRole('button', { name: 'Archive' })).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'Select: Bia' }).checked).toBe(true);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select all on this page' }));
    expect(screen.getByRole('toolbar', { name: '3 selected' })).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Select none' }));
    expect(screen.queryByRole('toolbar')).toBeNull();
  });

  it('says by what it is sorted, and asks for the other way', async () => {
    const sortBy = vi.fn();
    await show(<People sortBy={sortBy} />);
    expect(screen.getByRole('columnheader', { name: 'Name' }).ariaSort ?? screen.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('ascending');
    fireEvent.click(screen.getByRole('button', { name: 'Name' }));
    expect(sortBy).toHaveBeenCalledWith('-name');
    expect(screen.getByRole('columnheader', { name: 'Role' }).hasAttribute('aria-sort')).toBe(false);
  });

  it('shows the columns that were chosen on this device, and always the one that names the row', async () => {
    await show(<People />);
    expect(screen.getAllByRole('columnheader').slice(1).map(({ textContent }) => textContent)).toEqual(['Name', 'Role']);
    fireEvent.click(screen.getByRole('button', { name: 'Columns' }));
    expect(screen.getAllByRole('menuitemcheckbox', SHUT).map(({ textContent }) => textContent)).toEqual(['Role', 'Id']);
    fireEvent.click(screen.getByRole('menuitemcheckbox', { name: 'Role', ...SHUT }));
    fireEvent.click(screen.getByRole('menuitemcheckbox', { name: 'Id', ...SHUT }));
    expect(screen.getAllByRole('columnheader').slice(1).map(({ textContent }) => textContent)).toEqual(['Name', 'Id']);
    expect(localStorage.getItem('dashoffice.columns.people')).toBe('name,id');
  });

  it('leads there and back through the pages, and says which one it is', async () => {
    const [next, previous] = [vi.fn(), vi.fn()];
    const { page } = await show(<People pages={{ ...whole, number: 2, next, previous }} />);
    const nav = within(screen.getByRole('navigation', { name: 'Pages' }));
    expect(nav.getByRole('status').textContent).toBe('Page 2');
    fireEvent.click(nav.getByRole('button', { name: 'Next page' }));
    fireEvent.click(nav.getByRole('button', { name: 'Previous page' }));
    expect([next.mock.calls.length, previous.mock.calls.length]).toEqual([1, 1]);
    await axeObjectsToNothing(page);
  });

  it('with nothing in it says what will be here; narrowed, that nothing fits; not read, why', async () => {
    await show(<People pages={{ ...whole, rows: [] }} />);
    expect(screen.getByText('Nobody yet')).toBeTruthy();
    await show(<People pages={{ ...whole, rows: [] }} isFiltered />);
    expect(screen.getByText('Nothing here fits the search or the filters.')).toBeTruthy();
    const again = vi.fn();
    await show(<People pages={{ ...whole, rows: undefined, failed: 'forbidden', again }} />);
    expect(screen.getByText('You do not have the permission for this.')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(again).toHaveBeenCalledOnce();
  });
});

describe('what a list is narrowed by', () => {
  it('words are asked for once nobody types any more; a choice at once; what is empty is not asked for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const change = vi.fn();
    const options = [{ value: 'agent', label: 'Agents' }];
    vi.useRealTimers();
    const { page } = await show(<Filters search="q" filters={[{ key: 'role', name: 'Role', options }]} value={{ role: 'agent' }} change={change} />);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    fireEvent.change(screen.getByRole('searchbox', { name: 'Search' }), { target: { value: 'ma' } });
    fireEvent.change(screen.getByRole('searchbox', { name: 'Search' }), { target: { value: 'mar ' } });
    expect(change).not.toHaveBeenCalled();
    act(() => void vi.runAllTimers());
    vi.useRealTimers();
    expect(change.mock.calls).toEqual([[{ role: 'agent', q: 'mar' }]]);
    fireEvent.change(screen.getByRole('combobox', { name: 'Role' }), { target: { value: '' } });
    expect(change).toHaveBeenLastCalledWith({});
    await axeObjectsToNothing(page);
  });
});
