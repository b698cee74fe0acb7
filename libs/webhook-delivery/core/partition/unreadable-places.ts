import type { Clock } from '#libs/kernel';

/** Pause before another try: an operator may have repaired the record or skipped it. */
const AGAIN_MS = 2_000;

/** Offsets of a partition that cannot be read, so that feeds elsewhere do not wait for them. */
export class UnreadablePlaces {
  readonly #until = new Map<number, number>();

  constructor(private readonly clock: Clock) {}

  get any(): boolean {
    return this.#until.size > 0;
  }

  add(place: number): void {
    this.#until.set(place, this.clock.now() + AGAIN_MS);
  }

  /** Whether the next try is not due yet. */
  has(place: number): boolean {
    const until = this.#until.get(place);
    if (until === undefined || this.clock.now() < until) return until !== undefined;
    this.#until.delete(place);
    return false;
  }

  async untilNextTry(stop: AbortSignal): Promise<void> {
    await this.clock.sleep(AGAIN_MS, stop);
    // Clears offsets that no feed may be waiting at any more.
    for (const place of this.#until.keys()) this.has(place);
  }
}
