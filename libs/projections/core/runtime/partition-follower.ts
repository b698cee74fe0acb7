import type { LoggedEvent } from '#libs/contracts';
import type { Clock, EventBatch, TopicPartition } from '#libs/kernel';
import { PartitionProjection, type PartitionProjectionParts, type Progress } from './partition-projection.js';
import { projectedPartitionKey, type ProjectionFault } from './projection-store.js';

/** Smaller gaps are read at once; larger ones in the background, so that nothing else waits for them. */
const SMALL_GAP = 5_000;
const RETRY_PAUSE_MS = 500;

export interface FollowerParts<Transaction> extends PartitionProjectionParts<Transaction> {
  /** The live build; `undefined` while another version of the code owns it, which must then be left alone. */
  readonly liveBuild: () => Promise<number | undefined>;
  readonly progressed: (progress: Progress) => void;
  readonly stopped: (fault: ProjectionFault) => void;
  readonly failed: (error: Error) => void;
  readonly clock: Clock;
}

/**
 * Keeps the live build of a projection at the end of one partition: applies batches as they arrive, and catches up in the
 * background when it is far behind, for example after its first start or after a retry.
 */
export class PartitionFollower<Transaction> {
  #partition: PartitionProjection<Transaction> | undefined;
  /** The highest known end of the log. */
  #end = 0;
  #catchingUp: Promise<void> | undefined;
  readonly #closed = new AbortController();

  constructor(
    private readonly parts: FollowerParts<Transaction>,
    private readonly place: TopicPartition,
  ) {}

  get key(): string {
    return projectedPartitionKey({ projection: this.projection, ...this.place });
  }

  get projection(): string {
    return this.parts.projection.name;
  }

  /** The next offset to read; `undefined` while it does not follow. */
  get next(): number | undefined {
    return this.#partition?.next;
  }

  get build(): number | undefined {
    return this.#partition?.at.build;
  }

  get fault(): ProjectionFault | undefined {
    return this.#partition?.fault;
  }

  /** Unread offsets, which include control records. */
  get lag(): number {
    return Math.max(0, this.#end - (this.next ?? 0));
  }

  /** Loads the checkpoint. Call it first, and whenever another process may have moved the checkpoint. */
  async open(): Promise<void> {
    await this.#catchingUp;
    const build = await this.parts.liveBuild();
    if (build === undefined) {
      this.#partition = undefined;
      return;
    }
    const partition = new PartitionProjection(this.parts, {
      projection: this.projection,
      build,
      ...this.place,
    });
    await partition.open();
    this.#partition = partition;
  }

  /**
   * Applies a batch. While catching up, or after a fault, it only notes the end of the log.
   * @throws StaleCheckpointError, or an error of the store or the log
   */
  async offer(batch: EventBatch<LoggedEvent>): Promise<void> {
    const partition = this.#partition;
    this.#end = Math.max(this.#end, batch.next);
    if (!partition || partition.fault || this.#catchingUp) return;
    if (batch.first - partition.next > SMALL_GAP) this.catchUp(batch.next);
    else this.#note(partition, await partition.apply(batch));
  }

  /** Reads the log in the background, at least up to an offset. */
  catchUp(end: number): void {
    this.#end = Math.max(this.#end, end);
    this.#catchingUp ??= this.#catchUp().finally(() => {
      this.#catchingUp = undefined;
    });
  }

  /** Stops after the write in progress. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#catchingUp;
  }

  async #catchUp(): Promise<void> {
    const partition = this.#partition;
    while (partition && !this.#closed.signal.aborted && partition.next < this.#end && !partition.fault) {
      try {
        const from = partition.next;
        this.#note(partition, await partition.step());
        if (partition.next === from && !partition.fault)
          await this.parts.clock.sleep(RETRY_PAUSE_MS, this.#closed.signal);
      } catch (error) {
        this.parts.failed(error as Error);
        await this.parts.clock.sleep(RETRY_PAUSE_MS, this.#closed.signal);
        await partition.open().catch(this.parts.failed);
      }
    }
  }

  #note({ fault }: PartitionProjection<Transaction>, progress: Progress): void {
    this.parts.progressed(progress);
    if (fault) this.parts.stopped(fault);
  }
}
