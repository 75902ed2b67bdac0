// A phone brings up a keyboard of its own over the page where a field has the focus.
export function isPhone(): boolean {
  return window.matchMedia('(pointer: coarse)').matches;
}
