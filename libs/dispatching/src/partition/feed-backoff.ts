interface Failures {
  readonly count: number;
  readonly mayBeginAt: number;
  /** Ended and not restarted yet. */
  readonly isBackingOff: boolean;
}

/** A feed that ran for this long starts over with the shortest backoff. */
const RECOVERED_AFTER_MS = 60_000;
const LONGEST_PAUSE_MS = 60_000;

/** Exponential backoff for feeds that crash. */
export class FeedBackoff {
  readonly #failures = new Map<string, Failures>();

  constructor(private readonly firstPauseMs: number) {}

  ended(id: string, begunAt: number, now: number): void {
    const before = now - begunAt < RECOVERED_AFTER_MS ? (this.#failures.get(id)?.count ?? 0) : 0;
    const pause = Math.min(LONGEST_PAUSE_MS, this.firstPauseMs * 2 ** before);
    this.#failures.set(id, { count: before + 1, mayBeginAt: now + pause, isBackingOff: true });
  }

  /** Feeds whose backoff is over. Each is returned once. */
  due(now: number): string[] {
    const due = [...this.#failures].filter(
      ([, { isBackingOff, mayBeginAt }]) => isBackingOff && mayBeginAt <= now,
    );
    for (const [id, failures] of due) this.#failures.set(id, { ...failures, isBackingOff: false });
    return due.map(([id]) => id);
  }

  isBackingOff(id: string): boolean {
    return this.#failures.get(id)?.isBackingOff === true;
  }

  forget(id: string): void {
    this.#failures.delete(id);
  }
}
