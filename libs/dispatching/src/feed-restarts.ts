interface Failures {
  readonly count: number;
  readonly mayBeginAt: number;
}

/** A feed that lived for so long before it ended is no longer reckoned with its earlier failures. */
const RECOVERED_AFTER_MS = 60_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * When a feed that ended by itself may begin again: soon, and less and less soon while it goes on failing. So two
 * dispatchers that both believe to be in charge don't take a cursor from each other all the time.
 */
export class FeedRestarts {
  readonly #failures = new Map<string, Failures>();

  constructor(private readonly firstPauseMs: number) {}

  ended(id: string, begunAt: number, now: number): void {
    const before = now - begunAt < RECOVERED_AFTER_MS ? (this.#failures.get(id)?.count ?? 0) : 0;
    const pause = Math.min(LONGEST_PAUSE_MS, this.firstPauseMs * 2 ** before);
    this.#failures.set(id, { count: before + 1, mayBeginAt: now + pause });
  }

  mayBegin(id: string, now: number): boolean {
    return (this.#failures.get(id)?.mayBeginAt ?? 0) <= now;
  }

  /** Forgets all but those that are still wanted. */
  keep(wanted: ReadonlyMap<string, unknown>): void {
    for (const id of this.#failures.keys()) if (!wanted.has(id)) this.#failures.delete(id);
  }
}
