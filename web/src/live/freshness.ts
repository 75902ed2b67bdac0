// What was read beside the socket grows old when the socket says so: it is read again, at most once in a while, where somebody looks.
import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from '../api/http';

/** However much happens, a list is read again no more often than this. */
export const READ_AGAIN_AFTER_MS = 1_000;

/** Which nouns of the socket make what old: `agent` for `agent.changed`, `tag` for a record of that kind, `directory` for a frame of that name. */
export interface Told {
  readonly path: string;
  readonly nouns: readonly string[];
}

export function newQueries(): QueryClient {
  const retry = (failures: number, error: Error) => failures < 3 && !(error instanceof ProblemError && error.problem.status < 500);
  // The socket says when something is old. Whether the network is there the answer says, not the browser.
  return new QueryClient({ defaultOptions: { queries: { retry, staleTime: 60_000, refetchOnWindowFocus: false, networkMode: 'always' } } });
}

export class Freshness {
  private readonly old = new Set<string>();
  private all = false;
  private cancel: (() => void) | null = null;

  constructor(
    private readonly queries: QueryClient,
    /** Runs `then` after `ms`; the answer cancels it. */
    private readonly later: (ms: number, then: () => void) => () => void,
  ) {}

  /** A change or a frame was folded; `null`: some may have been missed. */
  heard = (name: string | null): void => {
    if (name === null) this.all = true;
    else this.old.add(nounOf(name));
    this.cancel ??= this.later(READ_AGAIN_AFTER_MS, () => this.readAgain());
  };

  stop(): void {
    this.cancel?.();
    this.queries.clear();
  }

  private readAgain(): void {
    this.cancel = null;
    const { all } = this;
    const old = new Set(this.old);
    this.all = false;
    this.old.clear();
    const isOld = (meta: unknown) => all || (meta as Told | undefined)?.nouns.some((noun) => old.has(noun)) === true;
    void this.queries.invalidateQueries({ predicate: ({ meta }) => meta !== undefined && isOld(meta.told) });
  }
}

function nounOf(name: string): string {
  return name.split('.')[0] ?? name;
}
