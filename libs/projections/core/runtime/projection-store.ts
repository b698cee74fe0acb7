import { type TopicPartition, topicPartitionKey } from '#libs/kernel';

/** A projection in one partition. */
export interface ProjectedPartition extends TopicPartition {
  readonly projection: string;
}

export const projectedPartitionKey = (at: ProjectedPartition): string =>
  `${at.projection} ${topicPartitionKey(at)}`;

/** One partition of a numbered build of a read model. Queries read the live build. */
export interface BuildPartition extends ProjectedPartition {
  readonly build: number;
}

/** The move of a checkpoint. */
export interface CheckpointMove extends BuildPartition {
  readonly from: number;
  readonly to: number;
}

/** Why a projection has stopped in a partition. */
export interface ProjectionFault {
  readonly offset: number;
  readonly reason: string;
}

/** The checkpoint of a build in a partition. */
export interface CheckpointState {
  readonly nextOffset: number;
  readonly fault: ProjectionFault | undefined;
  /** Offsets at or above `nextOffset` that an operator wants to skip. */
  readonly skipped: readonly number[];
  /** See `StepContext`. */
  readonly hasGaps: boolean;
}

/** Another process has moved the checkpoint, so this write must not count. */
export class StaleCheckpointError extends Error {
  override readonly name = 'StaleCheckpointError';
}

/** Stores checkpoints together with rows, so that each event is applied exactly once. */
export interface ProjectionStore<Transaction> {
  loadCheckpoint(at: BuildPartition): Promise<CheckpointState>;
  /**
   * Writes rows and moves checkpoints of one build, each in another partition, in one transaction.
   * @throws StaleCheckpointError if a checkpoint is no longer `from`; then nothing is written
   */
  advance(
    moves: readonly CheckpointMove[],
    write: (transaction: Transaction) => Promise<void>,
  ): Promise<void>;
  /** Records that the build stops here. @throws StaleCheckpointError */
  stop(at: BuildPartition, from: number, fault: ProjectionFault): Promise<void>;
  /** Whether an error is due to the store rather than the data, so that a retry may help. */
  isOutage(error: unknown): boolean;
}
