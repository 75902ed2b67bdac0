// A modal of the browser's own kind lies over everything, and what is outside is out of reach: what pops up from inside it stays
// inside, and what is begun in it is asked before it goes.
import { createContext, useContext } from 'react';

export type Ask = (then: () => void) => void;

export interface Layer {
  element: HTMLElement | null;
  /** From now on it is asked whether it may go, and does `then` where it may; the answer ends that. */
  guard: (ask: Ask) => () => void;
}

/** The modal one is in; null: the page itself. */
export const LayerContext = createContext<Layer | null>(null);

export function useLayer(): Layer | null {
  return useContext(LayerContext);
}
