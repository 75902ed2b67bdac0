// What somebody types into, and whether it was taken from under their fingers: then no plain letter does anything until they have
// clicked or pressed Escape, for the rest of their sentence is still on its way.

const FIELDS = 'input, textarea, select, [contenteditable]';

/** The field that was focused last by its person, as long as they have not left it themselves. */
let field: HTMLElement | null = null;

function fieldOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(FIELDS) : null;
}

/** It left the page, or takes no letters any more. */
export function isTaken(): boolean {
  if (field === null) return false;
  return !field.isConnected || (field as HTMLTextAreaElement).readOnly || (field as HTMLTextAreaElement).disabled;
}

document.addEventListener(
  'focusin',
  ({ target }) => {
    const entered = fieldOf(target);
    // Focus that was moved away because the field went is no act of the person's.
    if (entered !== null || !isTaken()) field = entered;
  },
  true,
);
// A press in the field that has the focus already moves none.
document.addEventListener('pointerdown', ({ target }) => (field = fieldOf(target)), true);
document.addEventListener(
  'keydown',
  (event) => {
    if (event.key !== 'Escape' || !isTaken()) return;
    field = null;
    // It has done its work: it does not leave the conversation, too.
    event.preventDefault();
  },
  true,
);
