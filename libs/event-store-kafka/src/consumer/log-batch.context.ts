import type { TopicPartition } from '#libs/kernel';

/** Second argument of a log batch handler, injected with `@Ctx()`. */
export class LogBatchContext {
  constructor(
    readonly topic: string,
    readonly partition: number,
    /** First offset of the batch, control records included. */
    readonly firstOffset: number,
    /** Offset after the batch, control records included. */
    readonly nextOffset: number,
    private readonly membership: { isStale(): boolean; heartbeat(): Promise<void> },
    /** Why the record at `nextOffset` cannot be read. The next batch begins after it. */
    readonly unreadable?: string,
  ) {}

  /** Whether another member has the partition now. Work on the batch should stop and must not be saved. */
  isStale(): boolean {
    return this.membership.isStale();
  }

  /** Keeps the membership during long work. */
  heartbeat(): Promise<void> {
    return this.membership.heartbeat();
  }
}

/** Callbacks for a consumer app's partitions. Kafka's committed offsets are not used. */
export interface PartitionAssignments {
  /**
   * Returns the offset to read an assigned partition from. Called again after each rebalance and failure, also for a
   * partition that the member already has.
   */
  assigned(at: TopicPartition): Promise<number>;
  /** Another member has the partition now. */
  revoked(at: TopicPartition): Promise<void>;
}
