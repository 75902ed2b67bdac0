import { expect, it } from 'vitest';
import { inOrder } from './order';

const rows = (...waits: [string, number][]) => waits.map(([id, wait]) => ({ id, wait }));
const longest = (a: { wait: number }, b: { wait: number }) => b.wait - a.wait;
const ids = (list: { id: string }[]) => list.map(({ id }) => id).join('');

it('rows stand in the wanted order', () => expect(ids(inOrder(rows(['a', 1], ['b', 3], ['c', 2]), longest, null))).toBe('bca'));

it('rows do not jump while somebody points at them, and new ones stand at the end', () => {
  expect(ids(inOrder(rows(['a', 9], ['b', 3], ['c', 2], ['d', 99], ['e', 100]), longest, ['b', 'c', 'a']))).toBe('bcaed');
});
