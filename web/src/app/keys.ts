// Keys: a plain letter counts only while nobody is typing, nor was a moment ago into what is gone; one with Alt counts always.
// Nothing is bound that the browser needs, and nothing that ends something is a plain letter.
import { useEffectEvent, useLayoutEffect } from 'react';
import { isTaken } from './hands';

export type Keys = Record<string, (() => void) | undefined>;

export function useKeys(keys: Keys): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.isComposing) return;
    const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable], [role=menu], dialog') !== null;
    if ((typing || isTaken()) && !event.altKey) return;
    const name = event.altKey ? `alt+${event.key}` : event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const run = keys[name];
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
