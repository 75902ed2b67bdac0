// What somebody types into, and whether it was taken from under their fingers: then no plain letter does anything until they have
// clicked or pressed Escape, for the rest of their sentence is still on its way.

/** What takes letters. */
export const FIELDS = 'input:not([type=range]), textarea, select, [contenteditable]';
/** A field and the buttons that go with it: whoever goes on to them has not left it. */
const PLACE = '[data-writing]';

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

/** Its person leaves `left`: what opens next is not for the rest of what they wrote there. */
export function leaveField(left: HTMLElement): void {
  left.blur();
  if (field === left) field = null;
}

document.addEventListener(
  'focusin',
  ({ target }) => {
    const entered = fieldOf(target);
    // Focus that was moved away because the field went is no act of the person's.
    if (entered !== null || !(isTaken() || isBeside(target))) field = entered;
  },
  true,
);
// A press in the field that has the focus already moves none.
document.addEventListener('pointerdown', ({ target }) => (field = fieldOf(target)), true);
document.addEventListener(
  'keydown',
  (event) => {
    // Whoever goes on in it after Escape is in it again, though the focus never moved.
    if (event.key !== 'Escape') field = fieldOf(event.target) ?? field;
    else if (isTaken()) {
      field = null;
      // It has done its work: it does not leave the conversation, too.
      event.preventDefault();
    }
  },
  true,
);

function isBeside(target: EventTarget | null): boolean {
  return target instanceof Element && field?.closest(PLACE)?.contains(target) === true;
}
