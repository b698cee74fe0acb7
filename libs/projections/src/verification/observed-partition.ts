import type { LogBatch } from '../runtime/log-batch.js';
import type { Expectation, ExpectedRow } from './expectation.js';

/** What the log says of the rows of one partition, taken from its batches on their way to the projection. */
export class ObservedPartition {
  #next = 0;
  #isTorn = false;

  constructor(
    readonly expectation: Expectation,
    private readonly add: (row: ExpectedRow) => void,
  ) {}

  /** The offset up to which the expectation has all events; `undefined` when it is of no use any more. */
  get next(): number | undefined {
    return this.#isTorn ? undefined : this.#next;
  }

  /** Takes what follows on what it has. */
  observe({ first, next, events }: LogBatch): void {
    if (this.#isTorn || first > this.#next) return;
    try {
      for (const event of events) {
        if (event.position.offset < this.#next) continue;
        for (const row of this.expectation.apply(event)) this.add(row);
      }
      this.#next = Math.max(this.#next, next);
    } catch {
      // Whoever reads the log for it again finds the reason, and says it.
      this.#isTorn = true;
    }
  }
}
