// The order of a table's rows: the wanted one, or the one that is being held because somebody is pointing at a row.

/** `held`: ids in the order that was on the screen. Rows that came since stand at the end, in the wanted order. */
export function inOrder<T extends { id: string }>(rows: T[], order: (a: T, b: T) => number, held: string[] | null): T[] {
  const wanted = [...rows].sort(order);
  if (held === null) return wanted;
  const place = new Map(held.map((id, index) => [id, index]));
  return wanted.sort((a, b) => (place.get(a.id) ?? held.length) - (place.get(b.id) ?? held.length));
}
