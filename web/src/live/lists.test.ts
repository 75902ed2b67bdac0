// Whoever is looked for is found however they are written, as the server finds them.
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../api/types';
import { nameOf } from '../modules/conversation/names';
import { found } from './lists';

const chat = (id: string, name: string | null, digits: string, username: string | null = null) =>
  ({ id, opened_at: id, last_message: null, contact: { id, name, username, identifier: { kind: 'wa_id', value: digits } } }) as unknown as Conversation;

const CHATS = [
  chat('a', 'João  da Conceição', '5531977770111'),
  chat('b', 'Maria', '553177770222'),
  chat('c', null, '525540000002', 'nina.sol'),
];

const ids = (words: string) => found(CHATS, words).map(({ id }) => id);

describe('search', () => {
  it('ignores accents, case, the order of words, doubled blanks and how letters are composed', () => {
    for (const words of ['joao', 'CONCEICAO joao', 'joa\u0303o  conceição', '𝓙oão']) expect(ids(words)).toEqual(['a']);
    expect(ids('joao maria')).toEqual([]);
  });

  it('finds a number in either spelling, however it is written', () => {
    for (const words of ['+55 31 97777-0111', '+55 (31) 7777-0111', '(31) 97777-0111', '7777-0111']) expect(ids(words)).toEqual(['a']);
    for (const words of ['+55 31 97777-0222', '031 97777 0222']) expect(ids(words)).toEqual(['b']);
    for (const words of ['+52 1 55 4000 0002', '\u202a+52 55 4000\u20110002\u202c']) expect(ids(words)).toEqual(['c']);
    expect(ids('pedido 2222')).toEqual([]);
  });

  it('finds somebody by the name they chose, and shows it where there is no other', () => {
    for (const words of ['@nina', 'SOL', '@nina.sol']) expect(ids(words)).toEqual(['c']);
    expect(CHATS.map((conversation) => nameOf(conversation))).toEqual(['João  da Conceição', 'Maria', '@nina.sol']);
  });
});
