import type { Position, TopicPartition } from '#libs/kernel';
import type { LoggedEvent } from '#libs/contracts';

/** A piece of one partition of the log. */
export interface LogBatch extends TopicPartition {
  /** Where it begins, and the offset after it: control records, which are no events, included. */
  readonly first: number;
  readonly next: number;
  readonly events: readonly LoggedEvent[];
  /** At `next` there is a record that cannot be read as an event, and why. */
  readonly unreadable?: string;
}

/** The log as projections read it. */
export interface ProjectedLog {
  /** What follows from a position on, at most about `maxBytes`; nothing (`next` is the offset asked for) at the end. */
  fetchReadable(from: Position, maxBytes: number): Promise<LogBatch>;
  /** Whether the log goes on without some of the partition's events, because somebody has said so. */
  hasGaps?(topic: string, partition: number): boolean;
}
