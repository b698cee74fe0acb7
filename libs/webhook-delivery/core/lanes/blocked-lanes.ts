/** The last delivery parked in a lane. */
export interface LastParked {
  isSaved: boolean;
}

/** With more blocked lanes than this the set is no longer complete. */
const MOST_KNOWN = 1_000;

/**
 * The blocked lanes of a feed, behind which new deliveries have to queue. While they are few, all are known; otherwise
 * only recent ones are, and the database is asked for the others.
 */
export class BlockedLanes {
  readonly #known = new Map<string, LastParked>();

  /** @param isComplete whether the database had none at the start */
  constructor(private isComplete: boolean) {}

  /** Whether the database has to be asked. Starting a question discards earlier answers. */
  beginQuestion(): boolean {
    if (this.isComplete) return false;
    for (const [lane, { isSaved }] of this.#known) if (isSaved) this.#known.delete(lane);
    return true;
  }

  /** @param found the answer to the last question, if one was asked */
  has(lane: string, found?: ReadonlySet<string>): boolean {
    return this.#known.has(lane) || found?.has(lane) === true;
  }

  add(lane: string): void {
    this.#known.set(lane, { isSaved: false });
    if (this.#known.size > MOST_KNOWN) this.isComplete = false;
  }

  saved(lanes: Iterable<string>): void {
    for (const lane of lanes) {
      const last = this.#known.get(lane);
      if (last) last.isSaved = true;
    }
  }

  lastOf(lane: string): LastParked | undefined {
    return this.#known.get(lane);
  }

  /** Releases an empty lane, unless something was parked since `last`. @returns whether it was released */
  release(lane: string, last: LastParked | undefined): boolean {
    if (this.#known.get(lane) !== last) return false;
    this.#known.delete(lane);
    return true;
  }
}
