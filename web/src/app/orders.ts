// What may be done with what is on the page, by its name: whoever shows it says so, and the palette reads it when it opens.
import { useEffect, useEffectEvent } from 'react';

export interface Order {
  key: string;
  name: string;
  /** The keys that do the same. */
  keys?: string;
  /** Undefined: not now, and `why`. */
  run: (() => void) | undefined;
  why?: string | undefined;
}

export interface Orders {
  /** What they are about. */
  title: string;
  orders: readonly Order[];
}

const shown = new Set<() => Orders>();

/** Those of what is on the page now; what came last is the first. */
export function ordersHere(): Orders[] {
  return [...shown].reverse().map((read) => read());
}

export function useOrders(title: string, orders: readonly Order[]): void {
  const read = useEffectEvent(() => ({ title, orders }));
  useEffect(() => {
    const asked = () => read();
    shown.add(asked);
    return () => void shown.delete(asked);
  }, []);
}
