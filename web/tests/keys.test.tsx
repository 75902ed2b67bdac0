// What counts as an order, on whichever keyboard, and when none is heard.
import { cleanup, render } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Keys, useKeys } from '../src/app/keys';

function Page({ keys }: { keys: Keys }) {
  useKeys(keys);
  return <textarea aria-label="words" />;
}

/** Presses a key, in the field or outside, and says whether `alt+e` and `e` were heard. */
function heard(init: KeyboardEventInit & { modifierAltGraph?: boolean }, at: 'page' | 'field' = 'page'): { order: boolean; letter: boolean } {
  const [order, letter] = [vi.fn(), vi.fn()];
  // Nobody was typing before.
  document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }));
  const { container } = render(<Page keys={{ 'alt+e': order, e: letter }} />);
  const target = at === 'page' ? document.body : (container.querySelector('textarea') ?? document.body);
  target.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
  cleanup();
  return { order: order.mock.calls.length > 0, letter: letter.mock.calls.length > 0 };
}
const none = { order: false, letter: false };

function onA(system: string): void {
  vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue(`Mozilla/5.0 (${system})`);
}

afterEach(() => {
  document.body.replaceChildren();
});

describe('an order is a key with Alt', () => {
  it('with Caps Lock too', () => {
    expect(heard({ key: 'E', code: 'KeyE', altKey: true }, 'field')).toEqual({ order: true, letter: false });
    expect(heard({ key: 'E', code: 'KeyE' })).toEqual({ order: false, letter: true });
  });

  it('by its letter where the keyboard has one, wherever that lies on it', () => {
    expect(heard({ key: 'e', code: 'KeyD', altKey: true }, 'field').order).toBe(true);
    expect(heard({ key: 'f', code: 'KeyE', altKey: true }, 'field')).toEqual(none);
  });

  it('by its place where Option writes another letter', () => {
    onA('Macintosh; Intel Mac OS X 10_15_7');
    expect(heard({ key: '€', code: 'KeyE', altKey: true, modifierAltGraph: true }, 'field').order).toBe(true);
    expect(heard({ key: 'Dead', code: 'KeyE', altKey: true }).order).toBe(true);
  });

  it('the first half of an accent is none: somebody writes é', () => {
    onA('Macintosh; Intel Mac OS X 10_15_7');
    expect(heard({ key: 'Dead', code: 'KeyE', altKey: true }, 'field')).toEqual(none);
  });

  it('AltGr is not Alt: it writes', () => {
    onA('X11; Linux x86_64');
    for (const at of ['page', 'field'] as const) expect(heard({ key: '€', code: 'KeyE', altKey: true, modifierAltGraph: true }, at)).toEqual(none);
  });

  it('is not heard behind an open dialog, and no letter is', () => {
    const dialog = document.createElement('dialog');
    dialog.open = true;
    document.body.append(dialog);
    expect(heard({ key: 'e', code: 'KeyE', altKey: true })).toEqual(none);
    expect(heard({ key: 'e', code: 'KeyE' })).toEqual(none);
    dialog.open = false;
    expect(heard({ key: 'e', code: 'KeyE', altKey: true }).order).toBe(true);
  });
});
