// What this browser keeps for a person between two visits. Where it has no room left, the page keeps it as long as it is open: nothing
// that is written or sent ever waits for room, and what stood there before stays until there is room for the newer.

const inPage = new Map<string, string>();
let tell = () => {};

/** Runs `then` once, when something could be kept in the page only. */
export function onFull(then: () => void): void {
  tell = then;
}

export function keepOnShelf(key: string, text: string): void {
  if (isStored(key, text)) {
    inPage.delete(key);
    return;
  }
  inPage.set(key, text);
  const told = tell;
  tell = () => {};
  told();
}

/** As `keepOnShelf`, where what stood there before is good for nothing any more. */
export function replaceOnShelf(key: string, text: string): void {
  keepOnShelf(key, text);
  if (inPage.has(key)) dropStored(key);
}

function isStored(key: string, text: string): boolean {
  try {
    localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

export function readShelf(key: string): string | null {
  const here = inPage.get(key);
  if (here !== undefined) return here;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function dropFromShelf(key: string): void {
  inPage.delete(key);
  dropStored(key);
  // There may be room now.
  for (const [other, text] of inPage) if (isStored(other, text)) inPage.delete(other);
}

export function keysOnShelf(prefix: string): string[] {
  const keys = new Set(inPage.keys());
  try {
    for (const key of Object.keys(localStorage)) keys.add(key);
  } catch {
    // A browser that lets nobody keep anything.
  }
  return [...keys].filter((key) => key.startsWith(prefix));
}

function dropStored(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing is there.
  }
}

/** Customers' words, begun or not sent, and what was to be closed: the words of everybody but `user`, or of everybody. */
export function forgetWords(but: string | null = null): void {
  for (const kind of ['dashoffice.draft.', 'dashoffice.unsent.', 'dashoffice.closing.']) {
    for (const key of keysOnShelf(kind)) if (but === null || !key.startsWith(`${kind}${but}.`)) dropFromShelf(key);
  }
}
