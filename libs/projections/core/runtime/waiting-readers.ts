/** The projections that readers in this process are waiting for. Their projector does not make them wait for others. */
export class WaitingReaders {
  readonly #counts = new Map<string, number>();
  readonly #listeners = new Map<string, () => void>();

  /** Returns how to end the wait. */
  add(projection: string): () => void {
    this.#counts.set(projection, this.#count(projection) + 1);
    this.#listeners.get(projection)?.();
    return () => this.#counts.set(projection, this.#count(projection) - 1);
  }

  has(projection: string): boolean {
    return this.#count(projection) > 0;
  }

  /** Calls back when a reader begins to wait. A projection has one listener. */
  onArrival(projection: string, listener: () => void): void {
    this.#listeners.set(projection, listener);
  }

  #count(projection: string): number {
    return this.#counts.get(projection) ?? 0;
  }
}
