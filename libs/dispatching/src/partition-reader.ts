import { PartitionTail } from './partition-tail.js';
import type { EventBatch, EventSource, Partition, TailBatch, Timers } from './ports.js';
import { ChangeSignal, StopSignal } from './stop-signal.js';
import type { EventReader } from './subscription-feed.js';

export interface ReaderLimits {
  /** Events of the partition that are held in memory. */
  readonly tailEvents: number;
  /** Most events that a feed is given at once. */
  readonly batchEvents: number;
  /** The tail is looked after when nothing has come for so long. */
  readonly tailSilenceMs: number;
}

/** The log has something there, and does not give it yet. */
const EMPTY_READ_PAUSE_MS = 100;

/**
 * One partition as its feeds read it. Who asks for an offset in the tail gets it from memory, who asks for an earlier
 * one from the history of the log, and who has all waits. There is no hand-over between the two: the offset decides.
 */
export class PartitionReader implements EventReader {
  readonly #tail: PartitionTail;
  readonly #grown = new ChangeSignal();
  /** Readers of the same offset share one read. */
  readonly #reads = new Map<number, Promise<EventBatch>>();
  readonly #stop = new StopSignal();

  /** @param offset where the tail begins: the end of the log, as it was asked for */
  constructor(
    private readonly partition: Partition,
    offset: number,
    private readonly source: EventSource,
    private readonly timers: Timers,
    private readonly limits: ReaderLimits,
  ) {
    this.#tail = new PartitionTail(offset, limits.tailEvents);
  }

  start(): void {
    void this.#watchTail();
  }

  stop(): void {
    this.#stop.stop();
  }

  /** The end of the log, as far as it is known. */
  get end(): number {
    return this.#tail.next;
  }

  append(batch: TailBatch): void {
    this.#tail.append(batch);
    this.#grown.notify();
  }

  /** The tail could not be followed without a gap, and begins anew at this offset. */
  restart(offset: number): void {
    this.#tail.restart(offset);
    this.#grown.notify();
  }

  async read(offset: number, stop: StopSignal): Promise<EventBatch | undefined> {
    while (!stop.stopped) {
      if (offset < this.#tail.start) {
        const batch = await this.#history(offset);
        if (batch.next > offset) return batch;
        await this.timers.sleep(EMPTY_READ_PAUSE_MS, stop);
      } else if (offset < this.#tail.next) {
        return this.#tail.read(offset, this.limits.batchEvents);
      } else {
        await this.#growth(stop);
      }
    }
    return undefined;
  }

  /**
   * Whoever brings the tail may be held up, by a rebalance or a broker that was away. So that subscribers don't wait
   * for that, a silent tail is continued from the log itself.
   */
  async #watchTail(): Promise<void> {
    while (!this.#stop.stopped) {
      const { next } = this.#tail;
      await this.timers.sleep(this.limits.tailSilenceMs, this.#stop);
      if (this.#stop.stopped || this.#tail.next !== next) continue;
      // While the log does not answer there is nothing to continue with.
      const batch = await this.#history(next).catch(() => undefined);
      if (batch && this.#tail.next === next && batch.next > next) this.append({ ...batch, first: next });
    }
  }

  #history(offset: number): Promise<EventBatch> {
    const running = this.#reads.get(offset);
    if (running) return running;
    const read = this.source.read({ ...this.partition, offset }).finally(() => this.#reads.delete(offset));
    this.#reads.set(offset, read);
    return read;
  }

  #growth(stop: StopSignal): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = stop.onStop(resolve);
      void this.#grown.next().then(() => {
        unsubscribe();
        resolve();
      });
    });
  }
}
