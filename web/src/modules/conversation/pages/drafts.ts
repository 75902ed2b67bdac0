// What was begun to be written, per conversation, kept on this device so that nothing typed is lost; the same in every window.
import { useLayoutEffect, useRef, useState } from 'react';
import { dropFromShelf, keepOnShelf, readShelf } from '../../../live/shelf';

const PREFIX = 'dashoffice.draft.';
const keyOf = (user: string, conversation: string) => `${PREFIX}${user}.${conversation}`;

type Listener = (words: string, elsewhere: boolean) => void;
const listeners = new Map<string, Set<Listener>>();

window.addEventListener('storage', ({ key, newValue }) => tell(key ?? '', newValue ?? '', true));

function tell(key: string, words: string, elsewhere: boolean): void {
  for (const listener of listeners.get(key) ?? []) listener(words, elsewhere);
}

export function readDraft(user: string, conversation: string): string {
  return readShelf(keyOf(user, conversation)) ?? '';
}

export function keepDraft(user: string, conversation: string, text: string): void {
  const key = keyOf(user, conversation);
  if (text.trim() === '') dropFromShelf(key);
  else keepOnShelf(key, text);
  tell(key, text, false);
}

/**
 * The words, and the way to change them. What another window does to them is seen, unless `isTyping` here and now: then those that
 * are typed here hold.
 */
export function useDraft(user: string, conversation: string, isTyping: () => boolean = () => false): [string, (words: string) => void] {
  const [words, show] = useState(() => readDraft(user, conversation));
  /** The words that stand here were the last to be typed. */
  const own = useRef(false);
  const typing = useRef(isTyping);
  useLayoutEffect(() => {
    const key = keyOf(user, conversation);
    const listener: Listener = (words, elsewhere) => {
      if (elsewhere && own.current && typing.current()) return;
      own.current = !elsewhere;
      show(words);
    };
    const all = listeners.get(key) ?? new Set();
    listeners.set(key, all.add(listener));
    // What happened to them between the first look and now was told to nobody.
    listener(readDraft(user, conversation), true);
    return () => {
      all.delete(listener);
      if (all.size === 0) listeners.delete(key);
    };
  }, [user, conversation]);
  const write = (words: string) => {
    own.current = true;
    show(words);
    keepDraft(user, conversation, words);
  };
  return [words, write];
}

/** More words behind what was begun. */
export function joined(begun: string, words: string): string {
  return begun.trim() === '' ? words : `${begun}\n${words}`;
}
