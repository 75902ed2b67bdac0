// Keys: a plain letter counts only while nobody is typing, nor was a moment ago into what is gone; one with Alt counts always, but
// never behind a dialog. Nothing is bound that the browser needs, and nothing that ends something is a plain letter.
import { useEffectEvent, useLayoutEffect } from 'react';
import { FIELDS, isTaken } from './hands';

export type Keys = Record<string, (() => void) | undefined>;

type Press = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'target' | 'getModifierState'>;

/** How `Keys` names Ctrl K. */
export const PALETTE = 'ctrl+k';

const MODIFIERS = new Set(['Alt', 'AltGraph', 'CapsLock', 'Control', 'Fn', 'Meta', 'NumLock', 'Shift']);

/** There Option is Alt and AltGr in one, and some browsers call it by both names. */
function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(`${FIELDS}, [role=menu]`) !== null;
}

/** Ctrl K, on Apple's ⌘ K: what every program has for "do this". */
export function isPaletteKey({ key, ctrlKey, metaKey, altKey, shiftKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): boolean {
  return key.toLowerCase() === 'k' && !altKey && !shiftKey && (isApple() ? metaKey && !ctrlKey : ctrlKey && !metaKey);
}

export function paletteKeys(): string {
  return isApple() ? '⌘ K' : 'Ctrl K';
}

/** What is pressed together with Alt; null: it is no order. What writes is none: AltGr, and in a field the first half of an accent. */
export function orderOf(event: Press): string | null {
  if (!event.altKey || MODIFIERS.has(event.key)) return null;
  if (!isApple() && event.getModifierState('AltGraph')) return null;
  if (event.key === 'Dead' && isWriting(event.target)) return null;
  if (/^[a-z]$/i.test(event.key)) return `alt+${event.key.toLowerCase()}`;
  // Option writes another letter: the place of the key says which was meant.
  const [, letter] = /^Key([A-Z])$/.exec(event.code) ?? [];
  return `alt+${letter?.toLowerCase() ?? event.key}`;
}

export function useKeys(keys: Keys): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const order = isPaletteKey(event) ? PALETTE : event.ctrlKey || event.metaKey ? undefined : orderOf(event);
    if (order === undefined || document.querySelector('dialog[open]') !== null) return;
    if ((isWriting(event.target) || isTaken()) && order === null) return;
    const run = keys[order ?? (event.key.length === 1 ? event.key.toLowerCase() : event.key)];
    if (run === undefined) return;
    event.preventDefault();
    run();
  });
  // Before anything of it is seen: a key pressed at once is heard.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => press(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
