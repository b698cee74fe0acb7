import { FairQueue } from './tenants.js';
import type { Clock } from './timing.js';

interface Waiting {
  readonly tenant: string;
  readonly begin: () => void;
}

/** Timers are no finer. */
const LEAST_PAUSE_MS = 1;
/** A piece that waits for something else holds up no others any longer. */
const MOST_MS = 50;

/**
 * Does work that can wait, in short pieces: one at a time, tenants in turn, and after each a pause as long as it took. So
 * however much there is, it takes no more than half of the process's time, and what cannot wait gets in between.
 */
export class SpareTime {
  readonly #queue = new FairQueue<Waiting>(({ tenant }) => tenant);
  #isTaken = false;

  constructor(private readonly clock: Pick<Clock, 'after' | 'monotonic'>) {}

  /** @param piece takes milliseconds at most @returns what it returns. @throws what it throws */
  async run<Value>(tenant: string, piece: () => Value | Promise<Value>): Promise<Value> {
    const end = await this.#turn(tenant);
    try {
      return await piece();
    } finally {
      end();
    }
  }

  #turn(tenant: string): Promise<() => void> {
    return new Promise((resolve) => {
      this.#queue.push({ tenant, begin: () => resolve(this.#begin()) });
      if (!this.#isTaken) this.#next();
    });
  }

  #next(): void {
    const next = this.#queue.take();
    this.#isTaken = next !== undefined;
    next?.begin();
  }

  #begin(): () => void {
    const began = this.clock.monotonic();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      const tookMs = Math.min(MOST_MS, this.clock.monotonic() - began);
      this.clock.after(Math.max(LEAST_PAUSE_MS, tookMs), () => this.#next());
    };
    const cancel = this.clock.after(MOST_MS, end);
    return end;
  }
}
