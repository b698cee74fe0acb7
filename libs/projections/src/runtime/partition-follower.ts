import type { TopicPartition } from '#libs/kernel';
import type { LogBatch, ProjectedLog } from './log-batch.js';
import { PartitionProjection, type Progress } from './partition-projection.js';
import type { Projection } from './projection.js';
import { projectedPartitionKey, type ProjectionFault, type ProjectionStore } from './projection-store.js';

/** A gap up to this is read at once; a larger one beside what comes, so that nothing else waits for it. */
const SMALL_GAP = 5_000;
const RETRY_PAUSE_MS = 500;

export interface FollowerParts<Transaction> {
  readonly projection: Projection<Transaction>;
  readonly store: ProjectionStore<Transaction>;
  readonly log: ProjectedLog;
  /** The build that queries see; `undefined` while it is of another version than the code: it must not be touched then. */
  readonly liveBuild: () => Promise<number | undefined>;
  readonly progressed: (progress: Progress) => void;
  readonly stopped: (fault: ProjectionFault) => void;
  readonly failed: (error: Error) => void;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Keeps the live build of a projection at the end of one partition: takes batches as they come, and catches up by itself
 * where it is far behind, such as after its first start, or when a command lets it go on.
 */
export class PartitionFollower<Transaction> {
  #partition: PartitionProjection<Transaction> | undefined;
  /** As far as the log is known to go. */
  #end = 0;
  #catchingUp: Promise<void> | undefined;
  #closed = false;

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

  /** The offset that it goes on from; `undefined` while it does not take part. */
  get next(): number | undefined {
    return this.#partition?.next;
  }

  get build(): number | undefined {
    return this.#partition?.at.build;
  }

  get fault(): ProjectionFault | undefined {
    return this.#partition?.fault;
  }

  /** Events, and what else takes up offsets, that it has not read yet. */
  get lag(): number {
    return Math.max(0, this.#end - (this.next ?? 0));
  }

  /** Reads where it stands. To be called first, and whenever somebody else may have moved it. */
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
   * Takes what comes. While it catches up, or has stopped, it takes note of how far the log goes, and no more.
   * @throws StaleCheckpointError, or whatever keeps the store or the log from answering.
   */
  async offer(batch: LogBatch): Promise<void> {
    const partition = this.#partition;
    this.#end = Math.max(this.#end, batch.next);
    if (!partition || partition.fault || this.#catchingUp) return;
    if (batch.first - partition.next > SMALL_GAP) this.catchUp(batch.next);
    else this.#note(partition, await partition.apply(batch));
  }

  /** Reads the log for itself up to an offset, or to what has come until then, in the background. */
  catchUp(end: number): void {
    this.#end = Math.max(this.#end, end);
    this.#catchingUp ??= this.#catchUp().finally(() => {
      this.#catchingUp = undefined;
    });
  }

  /** Lets go, after what is being written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#catchingUp;
  }

  async #catchUp(): Promise<void> {
    const partition = this.#partition;
    while (partition && !this.#closed && partition.next < this.#end && !partition.fault) {
      try {
        const from = partition.next;
        this.#note(partition, await partition.step());
        if (partition.next === from && !partition.fault) await this.parts.pause(RETRY_PAUSE_MS);
      } catch (error) {
        this.parts.failed(error as Error);
        await this.parts.pause(RETRY_PAUSE_MS);
        await partition.open().catch(this.parts.failed);
      }
    }
  }

  #note({ fault }: PartitionProjection<Transaction>, progress: Progress): void {
    this.parts.progressed(progress);
    if (fault) this.parts.stopped(fault);
  }
}
