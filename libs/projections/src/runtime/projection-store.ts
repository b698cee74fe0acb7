import { type TopicPartition, topicPartitionKey } from '#libs/kernel';

/** A projection in one partition. */
export interface ProjectedPartition extends TopicPartition {
  readonly projection: string;
}

export const projectedPartitionKey = (at: ProjectedPartition): string =>
  `${at.projection} ${topicPartitionKey(at)}`;

/** One build of a read model, in one partition. Builds are numbered; one of them is the one that queries see. */
export interface BuildPartition extends ProjectedPartition {
  readonly build: number;
}

/** Why a projection goes no further in a partition. */
export interface ProjectionFault {
  readonly offset: number;
  readonly reason: string;
}

/** Where a build stands in a partition. */
export interface CheckpointState {
  readonly nextOffset: number;
  readonly fault: ProjectionFault | undefined;
  /** Offsets, from `nextOffset` on, that are to be left out by command. */
  readonly skipped: readonly number[];
  /** See `StepContext`. */
  readonly hasGaps: boolean;
}

/** Somebody else has moved the checkpoint since it was read: what was done here must not count. */
export class StaleCheckpointError extends Error {
  override readonly name = 'StaleCheckpointError';
}

/** Checkpoints of projections, and the rule that each event is applied exactly once. */
export interface ProjectionStore<Transaction> {
  loadCheckpoint(at: BuildPartition): Promise<CheckpointState>;
  /**
   * Writes rows and moves the checkpoint in one transaction.
   * @throws StaleCheckpointError when the checkpoint is no longer `from`; then nothing was written.
   */
  advance(
    at: BuildPartition,
    from: number,
    to: number,
    write: (transaction: Transaction) => Promise<void>,
  ): Promise<void>;
  /** Notes that the build stops here. @throws StaleCheckpointError */
  stop(at: BuildPartition, from: number, fault: ProjectionFault): Promise<void>;
  /** Whether an error tells of the store's own state, and not of what was to be written: then trying again may help. */
  isOutage(error: unknown): boolean;
}
