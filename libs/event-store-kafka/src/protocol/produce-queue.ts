import type { TopicPartition } from '#libs/kernel';

/** One partition's batch, on its way to the broker that leads it. */
export interface QueuedBatch extends TopicPartition {
  readonly batch: Buffer;
}

/** What the broker says about each, in the order of the request: an offset, or its error. */
export type SendBatches = (batches: readonly QueuedBatch[]) => Promise<readonly (number | Error)[]>;

interface Waiting extends QueuedBatch {
  readonly resolve: (offset: number) => void;
  readonly reject: (error: Error) => void;
}

/** Requests under way: one that the broker works on, and one that waits there, so that it is never idle. */
const MAX_IN_FLIGHT = 2;

/**
 * Sends the batches of several partitions in one request, as they come together. A batch goes at once while few are
 * under way, so nothing lingers; under load, requests get larger rather than more. A partition has one batch in it at
 * most, because its writer waits for each.
 */
export class ProduceQueue {
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor(private readonly send: SendBatches) {}

  add(batch: QueuedBatch): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject });
      this.#schedule();
    });
  }

  /** After everything that is being read now: what comes in one go is sent in one go. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= MAX_IN_FLIGHT || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    this.#inFlight++;
    try {
      const answers = await this.send(group);
      group.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (typeof answer === 'number') resolve(answer);
        else reject(answer ?? new Error('the broker’s answer lacks a partition'));
      });
    } catch (error) {
      // Whatever it was, some of it may have been written.
      for (const { reject } of group) reject(error as Error);
    } finally {
      this.#inFlight--;
      this.#schedule();
    }
  }
}
