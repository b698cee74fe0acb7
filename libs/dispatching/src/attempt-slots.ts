import type { StopSignal } from './stop-signal.js';

interface Slots {
  taken: number;
  readonly waiting: (() => void)[];
}

/**
 * Bounds how many attempts of one subscription are under way in this process, over all its lanes and partitions. A
 * lane that waits for its next retry holds none, so that bad streams don't stop good ones.
 */
export class AttemptSlots {
  readonly #slots = new Map<string, Slots>();

  constructor(private readonly perSubscription: number) {}

  /** In the order of asking. `false` when stopped before there was room. */
  async take(subscriptionId: string, stop: StopSignal): Promise<boolean> {
    if (stop.stopped) return false;
    const slots = this.#slots.get(subscriptionId) ?? { taken: 0, waiting: [] };
    this.#slots.set(subscriptionId, slots);
    if (slots.taken < this.perSubscription) {
      slots.taken++;
      return true;
    }
    return this.#wait(slots, stop);
  }

  /** Gives one back that was taken. */
  free(subscriptionId: string): void {
    const slots = this.#slots.get(subscriptionId);
    if (!slots) return;
    const next = slots.waiting.shift();
    // Handed on without being free in between, so that nobody can push in.
    if (next) next();
    else if (--slots.taken === 0) this.#slots.delete(subscriptionId);
  }

  #wait(slots: Slots, stop: StopSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const served = () => {
        unsubscribe();
        resolve(true);
      };
      slots.waiting.push(served);
      const unsubscribe = stop.onStop(() => {
        slots.waiting.splice(slots.waiting.indexOf(served), 1);
        resolve(false);
      });
    });
  }
}
