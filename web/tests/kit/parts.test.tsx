// The small parts: dialogs and drawers, tabs, comboboxes, notices with a way back, and what one may not see.
import { act, fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { Combobox } from '../../src/ui/Combobox';
import { Dialog, Drawer } from '../../src/ui/Dialog';
import { PermissionGate } from '../../src/ui/permission';
import { Tabs } from '../../src/ui/Tabs';
import { toastUndo, Toasts } from '../../src/ui/toasts';
import { axeObjectsToNothing, furnished, press, settle, show } from './kit';

furnished();

const QUEUES = ['Sales', 'Soporte técnico', 'Billing'].map((label, index) => ({ value: `q${index}`, label }));

describe.each([['a dialog', Dialog], ['a drawer', Drawer]])('%s', (_, Part) => {
  it('has a name and a way out, and says when it is gone', async () => {
    const close = vi.fn();
    const { page } = await show(<Part title="Queues" close={close}>words</Part>);
    expect(screen.getByRole('dialog', { name: 'Queues' })).toBeTruthy();
    await axeObjectsToNothing(page);
    fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(close).toHaveBeenCalledOnce();
  });
});

describe('tabs', () => {
  function Parts() {
    const [chosen, choose] = useState('people');
    return <Tabs label="Queue" chosen={chosen} choose={choose} tabs={[{ key: 'people', name: 'People', content: 'Ana and Rui' }, { key: 'hours', name: 'Hours', content: 'Nine to five' }]} />;
  }

  it('show one part at a time, and arrows lead from name to name', async () => {
    const { page } = await show(<Parts />);
    expect(screen.getByRole('tabpanel').textContent).toBe('Ana and Rui');
    act(() => screen.getByRole('tab', { name: 'People' }).focus());
    press('ArrowRight');
    await settle();
    expect(screen.getByRole('tab', { name: 'Hours' }).getAttribute('aria-selected')).toBe('true');
    expect(document.activeElement).toBe(screen.getByRole('tab', { name: 'Hours' }));
    expect(screen.getByRole('tabpanel').textContent).toBe('Nine to five');
    await axeObjectsToNothing(page);
  });
});

describe('a combobox', () => {
  async function typed(words: string): Promise<void> {
    const input = screen.getByRole('combobox', { name: 'Queue' });
    act(() => input.focus());
    fireEvent.input(input, { target: { value: words }, inputType: 'insertText' });
    await settle();
  }

  it('finds without accents, takes with Enter, and says what was taken', async () => {
    const change = vi.fn();
    const { page } = await show(<Combobox label="Queue" options={QUEUES} value={null} change={change} />);
    await typed('tecn');
    expect(screen.getAllByRole('option').map(({ textContent }) => textContent)).toEqual(['Soporte técnico']);
    // What the library says by itself is said in the person's language, too.
    expect(page.querySelector('[aria-label=Dismiss]')).toBeNull();
    await axeObjectsToNothing(page);
    press('Enter');
    await settle();
    expect(change).toHaveBeenCalledWith('q1');
  });

  it('says so where nothing is found', async () => {
    await show(<Combobox label="Queue" options={QUEUES} value={null} change={() => undefined} />);
    await typed('xyz');
    expect(screen.queryByRole('option')).toBeNull();
    expect(await screen.findByText('Nothing has these letters.')).toBeTruthy();
  });

  it('of several: each is named and may be taken away, also one that is not offered any more', async () => {
    const change = vi.fn();
    const { page } = await show(<Combobox several label="Queue" options={QUEUES} value={['q0', 'gone']} change={change} />);
    await axeObjectsToNothing(page);
    fireEvent.click(screen.getByRole('button', { name: 'Take away: Sales' }));
    expect(change).toHaveBeenCalledWith(['gone']);
    await typed('bill');
    press('Enter');
    await settle();
    expect(change).toHaveBeenLastCalledWith(['q0', 'gone', 'q2']);
  });

  it('inside a dialog its list is inside, too: what is outside is out of reach', async () => {
    await show(<Dialog title="Queues" close={() => undefined}><Combobox label="Queue" options={QUEUES} value={null} change={() => undefined} /></Dialog>);
    await typed('s');
    expect(screen.getByRole('listbox').closest('dialog')).not.toBeNull();
  });
});

describe('a notice with a way back', () => {
  it('takes it back once, and is gone', async () => {
    const undo = vi.fn();
    const { page } = await show(<Toasts />);
    act(() => toastUndo('Sales was archived', undo));
    await axeObjectsToNothing(page);
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(undo).toHaveBeenCalledOnce();
    expect(screen.queryByText('Sales was archived')).toBeNull();
  });
});

describe('what needs a permission', () => {
  it('is seen by whoever has it; others are told why they see nothing', async () => {
    await show(<PermissionGate needs="users.read">everybody</PermissionGate>, ['users.read']);
    expect(screen.getByText('everybody')).toBeTruthy();
    const { page } = await show(<PermissionGate needs="board.read">the board</PermissionGate>, ['users.read']);
    expect(screen.queryByText('the board')).toBeNull();
    expect(screen.getByText('You do not have the permission for this.')).toBeTruthy();
    await axeObjectsToNothing(page);
  });

  it('or something else stands there', async () => {
    await show(<PermissionGate needs="board.read" instead="nothing to do">a button</PermissionGate>);
    expect(screen.getByText('nothing to do')).toBeTruthy();
  });
});
