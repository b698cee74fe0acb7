import { FairQueue } from './tenants.js';
import type { Clock } from './timing.js';

interface Piece {
  readonly tenant: string;
  readonly work: () => void;
}

/** Timers are no finer. */
const LEAST_PAUSE_MS = 1;
const PAUSE = 2;

/**
 * Does work that can wait, in short pieces: one at a time, tenants in turn, and after each a pause of twice its time. So
 * however much there is, it takes no more than a third of the process's time, and what cannot wait gets in between.
 */
export class SpareTime {
  readonly #queue = new FairQueue<Piece>(({ tenant }) => tenant);
  #isPausing = false;

  constructor(private readonly clock: Pick<Clock, 'after' | 'monotonic'>) {}

  /** @param piece takes milliseconds at most @returns what it returns, or throws, by rejection */
  run<Value>(tenant: string, piece: () => Value): Promise<Value> {
    return new Promise((resolve) => {
      // A promise of its own, which takes what the piece throws.
      const work = (): void => resolve(new Promise((done) => done(piece())));
      this.#queue.push({ tenant, work });
      if (!this.#isPausing) this.#next();
    });
  }

  #next(): void {
    const piece = this.#queue.take();
    this.#isPausing = piece !== undefined;
    if (!piece) return;
    const began = this.clock.monotonic();
    piece.work();
    const tookMs = this.clock.monotonic() - began;
    this.clock.after(Math.max(LEAST_PAUSE_MS, PAUSE * tookMs), () => this.#next());
  }
}
