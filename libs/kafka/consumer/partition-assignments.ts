import type { TopicPartition } from '#libs/kernel';

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
