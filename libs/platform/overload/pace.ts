/** What a process is told of itself, several times a second. */
export interface LoadSample {
  /** How far deliveries and projections are behind, as a multiple of what is wanted. */
  readonly lag: number;
  /** Share of the time in which the event loop had something to do, 0 to 1. */
  readonly busy: number;
  /** Commands in progress. */
  readonly running: number;
}

/** More than any process can work on: no limit is felt. */
export const MOST_PLACES = 1_000;
/** So many commands always have a place: a backlog of deliveries, as after an outage, must not stop the taking of orders. */
export const LEAST_PLACES = 2;

/** Below it the process has time for more, and a lag has other reasons, such as slow endpoints. */
const BUSY = 0.8;
const DECREASE = 0.9;
const INCREASE = 1.1;
/** A lag between this and what is wanted is left alone, or the number would swing. */
const LITTLE_LAG = 0.5;

/**
 * How many commands a process works on at once, so that deliveries and projections keep up with them on the same CPU. It
 * is learned, as a congestion window is: fewer while they lag and the process is busy, more while they hardly do.
 */
export class Pace {
  #places = MOST_PLACES;

  get places(): number {
    return this.#places;
  }

  adapt({ lag, busy, running }: LoadSample): void {
    if (lag > 1 && busy > BUSY) {
      // What is not used says nothing about what is too much.
      const used = Math.min(this.#places, Math.max(running, LEAST_PLACES));
      this.#places = Math.max(LEAST_PLACES, Math.floor(used * DECREASE));
    } else if (lag < LITTLE_LAG || busy <= BUSY) {
      this.#places = Math.min(MOST_PLACES, Math.ceil(this.#places * INCREASE));
    }
  }
}
