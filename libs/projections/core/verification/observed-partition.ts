import type { LoggedEvent } from '#libs/contracts';
import type { EventBatch } from '#libs/kernel';
import type { Expectation, ExpectedRow } from './expectation.js';

/** Computes the expected rows of one partition from the batches that its projection reads. */
export class ObservedPartition {
  #next = 0;
  #isIncomplete = false;

  constructor(
    readonly expectation: Expectation,
    private readonly add: (row: ExpectedRow) => void,
  ) {}

  /** The offset up to which all events were applied; `undefined` if the expectation has become unusable. */
  get next(): number | undefined {
    return this.#isIncomplete ? undefined : this.#next;
  }

  /** Applies a batch that continues the previous ones. */
  observe({ first, next, events }: EventBatch<LoggedEvent>): void {
    if (this.#isIncomplete || first > this.#next) return;
    try {
      for (const event of events) {
        if (event.position.offset < this.#next) continue;
        for (const row of this.expectation.apply(event)) this.add(row);
      }
      this.#next = Math.max(this.#next, next);
    } catch {
      // The verification reads the log again, and reports the reason.
      this.#isIncomplete = true;
    }
  }
}
