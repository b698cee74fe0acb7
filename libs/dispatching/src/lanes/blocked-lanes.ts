/** What was held back last in a lane. */
export interface LastParked {
  /** The database knows of it. */
  isSaved: boolean;
}

/** More than so many are not kept in mind. */
const MOST_KNOWN = 1_000;

/**
 * Which lanes of a feed wait in the database, so that what is new goes behind what is there. All of them are known as
 * long as they are few; then only those of late, and the database has to be asked of the others.
 */
export class BlockedLanes {
  readonly #known = new Map<string, LastParked>();

  /** @param isComplete whether there were none in the database before */
  constructor(private isComplete: boolean) {}

  /** Whether the database has to be asked. From now on all that it has said before is old. */
  beginQuestion(): boolean {
    if (this.isComplete) return false;
    for (const [lane, { isSaved }] of this.#known) if (isSaved) this.#known.delete(lane);
    return true;
  }

  /** @param found the database's answer to the last question, if it was asked */
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

  /** Nothing of it waits any more, unless something came since `last` was the last. @returns whether that is so */
  release(lane: string, last: LastParked | undefined): boolean {
    if (this.#known.get(lane) !== last) return false;
    this.#known.delete(lane);
    return true;
  }
}
