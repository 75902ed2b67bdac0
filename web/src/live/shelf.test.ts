// A browser without room: what was written last is at hand as long as the page is open, and what was written before is not thrown away for it.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dropFromShelf, keepOnShelf, readShelf, replaceOnShelf } from './shelf';

afterEach(() => {
  vi.restoreAllMocks();
  for (const key of ['draft', 'other']) dropFromShelf(key);
  localStorage.clear();
});

function fills(): void {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
}

describe('a full shelf', () => {
  it('gives the words that were typed last, and keeps the older ones for after a reload', () => {
    keepOnShelf('draft', 'Dear Mar');
    fills();
    keepOnShelf('draft', 'Dear Maria');
    expect([readShelf('draft'), localStorage.getItem('draft')]).toEqual(['Dear Maria', 'Dear Mar']);
    dropFromShelf('draft');
    expect([readShelf('draft'), localStorage.getItem('draft')]).toEqual([null, null]);
  });

  it('takes what waits in the page as soon as there is room', () => {
    keepOnShelf('other', 'long');
    fills();
    keepOnShelf('draft', 'Dear Maria');
    vi.restoreAllMocks();
    dropFromShelf('other');
    expect(localStorage.getItem('draft')).toBe('Dear Maria');
  });

  it('keeps nothing older of what is replaced', () => {
    keepOnShelf('other', 'old');
    fills();
    replaceOnShelf('other', 'new');
    expect([readShelf('other'), localStorage.getItem('other')]).toEqual(['new', null]);
  });
});
