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

/**
 * Combines concurrent batches of several partitions into one request. A batch is sent at once while no request is in
 * flight, so nothing lingers; under load, requests get larger rather than more numerous, which takes less CPU time here and
 * in the broker. Each partition has at most one batch here, because its writer waits for each.
 */
export class ProduceQueue {
  #waiting: Waiting[] = [];
  /** A request is in flight, or about to be sent. */
  #isBusy = false;

  constructor(private readonly send: SendBatches) {}

  add(batch: QueuedBatch): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject });
      this.#schedule();
    });
  }

  /** Runs after the current I/O events, so that batches arriving together are sent together. */
  #schedule(): void {
    if (this.#isBusy || this.#waiting.length === 0) return;
    this.#isBusy = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
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
      this.#isBusy = false;
      this.#schedule();
    }
  }
}

const ACKS_OF_ALL = -1;
const NOT_TRANSACTIONAL = -1;

/** Body of a Produce request, version 3 to 8: transactional id, acks, timeout, and the batches by topic. */
export function encodeProduceRequest(batches: readonly QueuedBatch[], timeoutMs: number): Buffer {
  const topics = new Map<string, QueuedBatch[]>();
  for (const batch of batches) {
    const known = topics.get(batch.topic);
    if (known) known.push(batch);
    else topics.set(batch.topic, [batch]);
  }
  const parts: Buffer[] = [];
  const head = Buffer.allocUnsafe(12);
  head.writeInt16BE(NOT_TRANSACTIONAL, 0);
  head.writeInt16BE(ACKS_OF_ALL, 2);
  head.writeInt32BE(timeoutMs, 4);
  head.writeInt32BE(topics.size, 8);
  parts.push(head);
  for (const [topic, partitions] of topics) {
    const name = Buffer.from(topic);
    const start = Buffer.allocUnsafe(6 + name.length);
    start.writeInt16BE(name.length, 0);
    name.copy(start, 2);
    start.writeInt32BE(partitions.length, 2 + name.length);
    parts.push(start);
    for (const { partition, batch } of partitions) {
      const each = Buffer.allocUnsafe(8);
      each.writeInt32BE(partition, 0);
      each.writeInt32BE(batch.length, 4);
      parts.push(each, batch);
    }
  }
  return Buffer.concat(parts);
}
