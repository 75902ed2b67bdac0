// A form of the administration: fields by the schema of the API, faults where they belong, nothing lost and nothing overwritten.
import { act, fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { ProblemError } from '../../src/api/http';
import schemas from '../../src/api/generated/schemas.json';
import type { Versioned } from '../../src/live/resources';
import { Drawer } from '../../src/ui/Dialog';
import { fieldsOf, type Values } from '../../src/ui/form/fields';
import { Form } from '../../src/ui/form/Form';
import { axeObjectsToNothing, furnished, press, settle, show, type Shown } from './kit';

furnished();

const LABELS: Record<string, string> = { name: 'Name', role: 'Role', email: 'E-mail', member_ids: 'Members', for_s: 'Seconds', reason: 'Reason', routable: 'Takes chats', presence: 'Presence' };
const ana: Versioned<Values> = { value: { id: '1', name: 'Ana', email: 'ana@example.com', role: 'agent', fixed: ['role'] }, etag: '"1"' };
const problem = (code: string, errors: { field: string; code: string }[] = []) => new ProblemError({ type: '', title: '', status: 422, code, detail: null, retry_after_s: null, errors, request_id: null });

interface Setting {
  record?: Versioned<Values>;
  save?: (body: Record<string, unknown>, etag: string | null, key: string) => Promise<void>;
  latest?: () => Promise<Versioned<Values>>;
  inDrawer?: boolean;
}

async function open({ record = ana, save = () => Promise.resolve(), latest, inDrawer = false }: Setting): Promise<Shown & { saved: ReturnType<typeof vi.fn>; cancel: ReturnType<typeof vi.fn> }> {
  const [saved, cancel] = [vi.fn(), vi.fn()];
  const form = (
    <Form
      fields={fieldsOf(schemas, 'User', ['name', 'email', 'role'])} label={(name) => LABELS[name] ?? name} record={record} save={save} saved={saved} cancel={cancel}
      options={{ role: [{ value: 'agent', label: 'Agent' }, { value: 'supervisor', label: 'Supervisor' }] }} {...(latest === undefined ? {} : { latest })}
    />
  );
  function InDrawer() {
    const [shown, setShown] = useState(true);
    return shown && <Drawer title="Ana" close={() => { cancel(); setShown(false); }}>{form}</Drawer>;
  }
  return { ...(await show(inDrawer ? <InDrawer /> : form)), saved, cancel };
}

const field = (name: string) => screen.getByRole<HTMLInputElement>('textbox', { name });
const type = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
async function submit(): Promise<void> {
  fireEvent.submit(field('Name').form ?? document.body);
  await settle();
}

describe('fields by the schema', () => {
  it('are what our API says they are: words, numbers, flags, several things, and what may be left empty', () => {
    const kinds = (schema: string, names: string[]) => fieldsOf(schemas, schema, names).map(({ name, kind, required, nullable, least, most }) => [name, kind, required, nullable, least, most]);
    expect(kinds('Presence', ['presence', 'for_s', 'reason', 'routable'])).toEqual([
      ['presence', 'choice', true, false, undefined, undefined],
      ['for_s', 'number', false, true, 1, 300],
      ['reason', 'text', false, true, undefined, undefined],
      ['routable', 'flag', false, true, undefined, undefined],
    ]);
    expect(kinds('Number', ['state_reason', 'name'])).toEqual([['state_reason', 'choice', false, true, undefined, undefined], ['name', 'text', true, false, undefined, undefined]]);
    expect(kinds('Queue', ['member_ids'])).toEqual([['member_ids', 'choices', true, false, undefined, undefined]]);
  });

  it('a field that the API does not have is a fault of the page', () => expect(() => fieldsOf(schemas, 'User', ['shoe_size'])).toThrow('User has no shoe_size'));
});

describe('a form', () => {
  it('gives what was changed and nothing else, with the version it was made from', async () => {
    const save = vi.fn(() => Promise.resolve());
    const { saved, page } = await open({ save });
    await axeObjectsToNothing(page);
    type('Name', 'Ana Lima');
    await submit();
    expect(save).toHaveBeenCalledWith({ name: 'Ana Lima' }, '"1"', expect.stringMatching(/^[0-9a-f-]{36}$/));
    expect(saved).toHaveBeenCalledOnce();
  });

  it('says what is needed before anybody is asked, at its field, which has the focus', async () => {
    const save = vi.fn(() => Promise.resolve());
    const { page } = await open({ save });
    type('Name', '');
    await submit();
    expect(save).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(field('Name'));
    expect(document.getElementById(field('Name').getAttribute('aria-describedby') ?? '')?.textContent).toBe('This is needed.');
    await axeObjectsToNothing(page);
    type('Name', 'A');
    expect(field('Name').getAttribute('aria-invalid')).toBe('false');
  });

  it('shows what the server finds at the fields that it names, and the rest above the buttons', async () => {
    const save = vi.fn(() => Promise.reject(problem('invalid', [{ field: 'email', code: 'taken' }])));
    await open({ save });
    type('Name', 'Bia');
    await submit();
    expect(document.activeElement).toBe(field('E-mail'));
    expect(screen.getByText('This is taken already.')).toBeTruthy();
    expect(document.querySelector('form > [role=alert]')?.textContent).toBe('');
    save.mockReturnValueOnce(Promise.reject(problem('invalid', [{ field: 'tags[0]', code: 'unknown' }])));
    await submit();
    expect(document.querySelector('form > [role=alert]')?.textContent).toBe('Something in it is not allowed.');
    save.mockReturnValueOnce(Promise.reject(new TypeError('failed to fetch')));
    await submit();
    expect(document.querySelector('form > [role=alert]')?.textContent).toContain('The server cannot be reached');
  });

  it('asks again under the same key as long as it says the same, and under another one for other words', async () => {
    const save = vi.fn<NonNullable<Setting['save']>>(() => Promise.reject(problem('unavailable')));
    await open({ save });
    type('Name', 'Bia');
    await submit();
    await submit();
    type('Name', 'Bea');
    await submit();
    const [first, again, other] = save.mock.calls.map(([, , key]) => key);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('what a file on the server holds is shown and not changed', async () => {
    await open({});
    expect(screen.getByRole<HTMLInputElement>('combobox', { name: 'Role' }).disabled).toBe(true);
    expect(screen.getByRole('img', { name: 'Fixed by a file on the server, and changed only there' })).toBeTruthy();
  });
});

describe('somebody else was quicker', () => {
  const theirs: Versioned<Values> = { value: { ...ana.value, name: 'Ana Souza', email: 'souza@example.com' }, etag: '"2"' };
  const stale = () => vi.fn<NonNullable<Setting['save']>>().mockRejectedValueOnce(problem('precondition_failed')).mockResolvedValue(undefined);

  it('is told in words: what is there now, and what it is here', async () => {
    const { page } = await open({ save: stale(), latest: () => Promise.resolve(theirs) });
    type('Name', 'Ana Lima');
    await submit();
    const told = screen.getByRole('alert', { name: 'Somebody changed this in the meantime' });
    expect(told.textContent).toContain('Now:Ana Souza');
    expect(told.textContent).toContain('You:Ana Lima');
    // Nobody here has touched it.
    expect(told.textContent).not.toContain('souza@example.com');
    await axeObjectsToNothing(page);
  });

  it('theirs is taken: the form shows it, and nothing is given', async () => {
    const save = stale();
    const { saved } = await open({ save, latest: () => Promise.resolve(theirs) });
    type('Name', 'Ana Lima');
    await submit();
    fireEvent.click(screen.getByRole('button', { name: 'Take theirs' }));
    await settle();
    expect([field('Name').value, field('E-mail').value]).toEqual(['Ana Souza', 'souza@example.com']);
    expect([save.mock.calls.length, saved.mock.calls.length]).toEqual([1, 0]);
  });

  it('mine is kept: given once more, from their version, and what only they have changed stays theirs', async () => {
    const save = stale();
    const { saved } = await open({ save, latest: () => Promise.resolve(theirs) });
    type('Name', 'Ana Lima');
    await submit();
    fireEvent.click(screen.getByRole('button', { name: 'Keep mine' }));
    await settle();
    expect(save.mock.calls.map(([body, etag]) => [body, etag])).toEqual([[{ name: 'Ana Lima' }, '"1"'], [{ name: 'Ana Lima' }, '"2"']]);
    expect(saved).toHaveBeenCalledOnce();
  });
});

describe('what is not saved', () => {
  it('is asked for before another page is opened, and kept where the answer is no', async () => {
    const { goes, path } = await open({});
    type('Name', 'Ana Lima');
    await goes('/elsewhere');
    expect(path()).toBe('/');
    fireEvent.click(screen.getByRole('button', { name: 'Go on editing' }));
    await settle();
    expect(field('Name').value).toBe('Ana Lima');
    await goes('/elsewhere');
    fireEvent.click(screen.getByRole('button', { name: 'Leave without saving' }));
    await settle();
    expect(path()).toBe('/elsewhere');
  });

  it('where nothing was changed nobody is asked', async () => {
    const { goes, path } = await open({});
    await goes('/elsewhere');
    expect(path()).toBe('/elsewhere');
  });

  it('is asked for before its drawer goes, by Escape, by the cross and by the button', async () => {
    const { cancel } = await open({ inDrawer: true });
    type('Name', 'Ana Lima');
    field('Name').focus();
    for (const leaves of [() => press('Escape'), () => fireEvent.click(screen.getAllByRole('button', { name: 'Close' })[0] ?? document.body), () => fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))]) {
      act(leaves);
      await settle();
      expect(screen.getByText('What you have changed here is not saved yet.')).toBeTruthy();
      fireEvent.click(screen.getByRole('button', { name: 'Go on editing' }));
      await settle();
      expect(cancel).not.toHaveBeenCalled();
    }
    field('Name').focus();
    press('Escape');
    await settle();
    fireEvent.click(screen.getByRole('button', { name: 'Leave without saving' }));
    await settle();
    expect(cancel).toHaveBeenCalled();
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});
