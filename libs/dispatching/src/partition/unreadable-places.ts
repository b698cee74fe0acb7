import type { Timers } from '../ports.js';
import type { StopSignal } from '../timing/stop-signal.js';

/** So often it is tried again: somebody may have mended it, or said that it is to be left out. */
const AGAIN_MS = 2_000;

/** Places of a partition that cannot be read from, so that those who wait elsewhere do not wait for them. */
export class UnreadablePlaces {
  readonly #until = new Map<number, number>();

  constructor(private readonly timers: Timers) {}

  get any(): boolean {
    return this.#until.size > 0;
  }

  add(place: number): void {
    this.#until.set(place, this.timers.now() + AGAIN_MS);
  }

  /** Whether it is not to be tried yet. */
  has(place: number): boolean {
    const until = this.#until.get(place);
    if (until === undefined || this.timers.now() < until) return until !== undefined;
    this.#until.delete(place);
    return false;
  }

  async untilNextTry(stop: StopSignal): Promise<void> {
    await this.timers.sleep(AGAIN_MS, stop);
    // Nobody may wait there any more.
    for (const place of this.#until.keys()) this.has(place);
  }
}
