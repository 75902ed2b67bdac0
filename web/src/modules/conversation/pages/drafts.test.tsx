// Words that were begun, in two windows: nothing that the other one does to them is missed.
import { cleanup, render, screen } from '@testing-library/react';
import { useLayoutEffect } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { keepDraft, useDraft } from './drafts';

const KEY = 'dashoffice.draft.ana.c0';

afterEach(() => {
  cleanup();
  localStorage.clear();
});

/** What the other window does: the store is the same, and the browser tells this one. */
function elsewhere(words: string | null): void {
  if (words === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, words);
  window.dispatchEvent(new StorageEvent('storage', { key: KEY, newValue: words }));
}

function Field() {
  const [words, write] = useDraft('ana', 'c0');
  return <input aria-label="field" value={words} onChange={({ target }) => write(target.value)} />;
}

/** Between the moment in which the field is made and the one in which it stands. */
function Meanwhile({ happens }: { happens: () => void }) {
  useLayoutEffect(happens, [happens]);
  return null;
}

const shown = () => screen.getByRole<HTMLInputElement>('textbox').value;

describe('words that were begun', () => {
  it('elsewhere, while the field was being made, stand in it', () => {
    render(<><Meanwhile happens={() => elsewhere('Dear Maria')} /><Field /></>);
    expect(shown()).toBe('Dear Maria');
  });

  it('and sent elsewhere, while the field was being made, do not stand in it any more', () => {
    keepDraft('ana', 'c0', 'Dear Maria');
    render(<><Meanwhile happens={() => elsewhere(null)} /><Field /></>);
    expect(shown()).toBe('');
  });
});
