import type { TopicPartition } from '#libs/kernel';

/** One partition's batch, on its way to the broker that leads it. */
export interface QueuedBatch extends TopicPartition {
  readonly batch: Buffer;
}

/** The broker's result for each batch, in request order: an offset or an error. */
export type SendBatches = (batches: readonly QueuedBatch[]) => Promise<readonly (number | Error)[]>;

interface Waiting extends QueuedBatch {
  readonly resolve: (offset: number) => void;
  readonly reject: (error: Error) => void;
}

/** Requests in flight: one being processed by the broker and one queued there, so it is never idle. */
const MAX_IN_FLIGHT = 2;

/**
 * Combines concurrent batches of several partitions into one request. A batch is sent at once while few requests are in
 * flight, so nothing lingers; under load, requests get larger rather than more numerous. Each partition has at most one
 * batch here, because its writer waits for each.
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

  /** Runs after the current I/O events, so that batches arriving together are sent together. */
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
      // After any error, some batches may have been written.
      for (const { reject } of group) reject(error as Error);
    } finally {
      this.#inFlight--;
      this.#schedule();
    }
  }
}
