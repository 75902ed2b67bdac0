// A copy of something and the position it is known as of: of two copies the later one is the truth (api-design.md 9, rule 1).

export interface Known<T> {
  value: T;
  at: number;
}

/** Copies by id. A removal is a copy too: it stays as a gravestone, so that a late answer raises nobody. */
export class KnownMap<T extends { id: string }> {
  private readonly copies = new Map<string, Known<T>>();
  private readonly graves = new Map<string, number>();

  get(id: string): T | undefined {
    return this.copies.get(id)?.value;
  }

  get size(): number {
    return this.copies.size;
  }

  values(): T[] {
    return Array.from(this.copies.values(), (known) => known.value);
  }

  entries(): IterableIterator<[string, Known<T>]> {
    return this.copies.entries();
  }

  /** Whether it changed anything. */
  put(value: T, at: number): boolean {
    const grave = this.graves.get(value.id);
    if (grave !== undefined && grave > at) return false;
    const known = this.copies.get(value.id);
    if (known !== undefined && known.at > at) return false;
    this.graves.delete(value.id);
    this.copies.set(value.id, { value, at });
    return true;
  }

  /** A copy without a position of its own: the newest one holds, whatever is known. `at`: where the stream stands. */
  putNewest(value: T, at: number): void {
    this.put(value, Math.max(at, this.copies.get(value.id)?.at ?? at));
  }

  /** Whether it holds: a removal that is older than what is known says nothing. */
  remove(id: string, at: number): boolean {
    const known = this.copies.get(id);
    if (known !== undefined && known.at > at) return false;
    this.graves.set(id, Math.max(at, this.graves.get(id) ?? at));
    this.copies.delete(id);
    return true;
  }

  /** Lets go of it; what is known of it as of now or later is taken again. */
  letGo(id: string): void {
    const known = this.copies.get(id);
    if (known !== undefined) this.remove(id, known.at);
  }

  clear(): void {
    this.copies.clear();
    this.graves.clear();
  }
}
