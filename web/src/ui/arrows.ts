// Moving the focus inside a menu: arrows, Home and End, or the first letter of what is wanted.
import type { KeyboardEvent } from 'react';

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export function itemsOf(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
}

/** Whether the key was one of ours. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): boolean {
  const items = itemsOf(event.currentTarget);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const step = STEPS[event.key];
  if (step !== undefined) items.at((at + step) % items.length)?.focus();
  else if (event.key === 'Home') items[0]?.focus();
  else if (event.key === 'End') items.at(-1)?.focus();
  else if (event.key.length === 1 && event.key !== ' ') {
    const letter = event.key.toLocaleLowerCase();
    [...items.slice(at + 1), ...items].find((item) => item.textContent.trim().toLocaleLowerCase().startsWith(letter))?.focus();
  } else return false;
  return true;
}
