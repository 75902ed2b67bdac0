// What was begun to be written, per conversation, kept on this device so that nothing typed is lost.
import { dropFromShelf, keepOnShelf, readShelf } from '../../live/shelf';

const PREFIX = 'dashoffice.draft.';

export function readDraft(user: string, conversation: string): string {
  return readShelf(`${PREFIX}${user}.${conversation}`) ?? '';
}

export function keepDraft(user: string, conversation: string, text: string): void {
  const key = `${PREFIX}${user}.${conversation}`;
  if (text.trim() === '') dropFromShelf(key);
  else keepOnShelf(key, text);
}

/** More words behind what was begun. */
export function joined(begun: string, words: string): string {
  return begun.trim() === '' ? words : `${begun}\n${words}`;
}
