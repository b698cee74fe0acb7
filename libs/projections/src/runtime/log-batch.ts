import type { Position, TopicPartition } from '#libs/kernel';
import type { LoggedEvent } from '#libs/contracts';

/** Consecutive records of one partition. */
export interface LogBatch extends TopicPartition {
  /** The first offset of the batch and the one after it. The range includes control records. */
  readonly first: number;
  readonly next: number;
  readonly events: readonly LoggedEvent[];
  /** Why the record at `next` cannot be read as an event, if so. */
  readonly unreadable?: string;
}

/** The log, for projections. */
export interface ProjectedLog {
  /** Reads about `maxBytes` from a position. At the end of the log the batch is empty, and `next` is that offset. */
  fetchReadable(from: Position, maxBytes: number): Promise<LogBatch>;
  /** Whether an operator has confirmed that some of the partition's events are gone. */
  hasGaps?(topic: string, partition: number): boolean;
}
