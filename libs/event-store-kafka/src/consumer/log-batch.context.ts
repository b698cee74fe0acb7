import type { TopicPartition } from '#libs/kernel';

/** Second argument of a handler of log batches; reach it with `@Ctx()`. */
export class LogBatchContext {
  constructor(
    readonly topic: string,
    readonly partition: number,
    /** Where the batch begins, control records included. */
    readonly firstOffset: number,
    /** Offset after the batch, control records included. */
    readonly nextOffset: number,
    private readonly membership: { isStale(): boolean; heartbeat(): Promise<void> },
    /** At `nextOffset` there is a record that cannot be read as an event, and why. The next batch begins behind it. */
    readonly unreadable?: string,
  ) {}

  /** Whether the partition has gone to another member: what is being done should stop, and must not be saved. */
  isStale(): boolean {
    return this.membership.isStale();
  }

  /** Keeps the membership during long work. */
  heartbeat(): Promise<void> {
    return this.membership.heartbeat();
  }
}

/** What a consumer app knows about its partitions. Kafka's committed offsets are not used. */
export interface PartitionAssignments {
  /**
   * The partition is this member's: answers where to read from. Asked again after each rebalance and after each
   * failure, also for a partition that it has already.
   */
  assigned(at: TopicPartition): Promise<number>;
  /** The partition is another member's now. */
  revoked(at: TopicPartition): Promise<void>;
}
