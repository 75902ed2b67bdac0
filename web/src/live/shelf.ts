// What this browser keeps for a person between two visits. Where it has no room left, the page keeps it as long as it is open: nothing
// that is written or sent ever waits for room.

const inPage = new Map<string, string>();
let tell = () => {};

/** Runs `then` once, when something could be kept in the page only. */
export function onFull(then: () => void): void {
  tell = then;
}

export function keepOnShelf(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
    inPage.delete(key);
  } catch {
    inPage.set(key, text);
    // What stands there is older.
    dropStored(key);
    const told = tell;
    tell = () => {};
    told();
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
