/** What a process is told of itself, several times a second. */
export interface LoadSample {
  /** How far deliveries and projections are behind, as a multiple of what is wanted. */
  readonly lag: number;
  /** Share of the time in which the event loop had something to do, 0 to 1. */
  readonly busy: number;
  /** Commands in progress. */
  readonly running: number;
  /** The fewest places that are allowed. Default: {@link LEAST_PLACES}. */
  readonly least?: number;
}

/** More than any process can work on: no limit is felt. */
export const MOST_PLACES = 1_000;
/** So many commands always have a place: a backlog of deliveries, as after an outage, must not stop the taking of orders. */
export const LEAST_PLACES = 2;
/** While processes lag: a command that starts one makes work for many times as long as it takes itself. */
export const LEAST_SHARE = 1 / 16;

/** Below it the process has time for more, and a lag has other reasons, such as slow endpoints. */
const BUSY = 0.8;
const DECREASE = 0.9;
/** Where each command makes a lot of work: all that is taken until the lag goes down adds seconds to it. */
const STEEP_DECREASE = 0.5;
const FAR_BEHIND = 2;
const INCREASE = 1.1;
/** A lag between this and what is wanted is left alone, or the number would swing. */
const LITTLE_LAG = 0.5;

/**
 * How many commands a process works on at once, so that what follows from them keeps up on the same CPU. It is learned, as
 * a congestion window is: fewer while that lags and the process is busy, more while it hardly does. Less than one place is
 * the share of the time in which a command may be in progress.
 */
export class Pace {
  #places = MOST_PLACES;

  get places(): number {
    return this.#places;
  }

  adapt({ lag, busy, running, least = LEAST_PLACES }: LoadSample): void {
    if (lag > 1 && busy > BUSY) {
      // What is not used says nothing about what is too much.
      const used = Math.min(this.#places, Math.max(running, LEAST_PLACES));
      const isSteep = least < LEAST_PLACES && lag > FAR_BEHIND;
      const fewer = inWhole(used * (isSteep ? STEEP_DECREASE : DECREASE), Math.floor);
      this.#places = Math.min(this.#places, Math.max(least, fewer));
    } else if (lag < LITTLE_LAG || busy <= BUSY) {
      this.#places = Math.min(MOST_PLACES, inWhole(this.#places * INCREASE, Math.ceil));
    }
  }
}

const inWhole = (places: number, round: (places: number) => number): number =>
  places > LEAST_PLACES ? round(places) : places;
