// What the messages of the open conversation may do with it: answer, quote, show, jump.
import { createContext, useContext } from 'react';
import type { Id, Instant, Message } from '../../../api/types';

export interface Talk {
  id: Id;
  number: Id;
  customer: string;
  /** Whether the one who looks may answer. */
  mine: boolean;
  /** When free-form answers end; null: they never began. */
  until: Instant | null;
  reply: (message: Message) => void;
  /** Puts words into the composer. */
  edit: (words: string) => void;
  /** Shows a picture large. */
  view: (message: Id) => void;
  jump: (message: Id) => void;
  /** Opens the templates. */
  template: () => void;
}

export const TalkContext = createContext<Talk | null>(null);

export function useTalk(): Talk {
  const talk = useContext(TalkContext);
  if (talk === null) throw new Error('there is no conversation here');
  return talk;
}
