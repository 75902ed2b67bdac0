// Where this client stands in the tenant's order of events, and which topics it holds there (api-design.md 9, rule 4).
import type { Topic } from './frames';

export class Cursor {
  incarnation: string | null = null;
  position: number | null = null;
  readonly held = new Set<Topic>();

  /** What `hello` carries; null while there is nothing to resume from. */
  get text(): string | null {
    return this.incarnation === null || this.position === null ? null : `${this.incarnation}.${this.position}`;
  }

  /** Begins anew: nothing is held until its snapshot is whole. */
  reset(incarnation: string | null): void {
    this.incarnation = incarnation;
    this.position = null;
    this.held.clear();
  }

  /** A frame of the stream was folded whole. Without a snapshot yet, it is no place to resume from. */
  advance(position: number): void {
    if (this.position !== null) this.position = Math.max(this.position, position);
  }

  hold(topic: Topic, asOf: number): void {
    this.held.add(topic);
    this.position ??= asOf;
  }
}

/** `As-Of: <incarnation>.<position>`; null if it is not one. */
export function readAsOf(header: string | null): { incarnation: string; position: number } | null {
  const dot = header?.lastIndexOf('.') ?? -1;
  if (header === null || dot < 1) return null;
  const position = Number(header.slice(dot + 1));
  return Number.isSafeInteger(position) ? { incarnation: header.slice(0, dot), position } : null;
}
