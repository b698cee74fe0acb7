import type { Position } from '#libs/kernel';
import type { StateLimits } from '../states/state-cache.js';

export interface WriterLimits extends StateLimits {
  readonly maxBatchEvents: number;
  /** Bytes of keys and values in one append; must stay below the topic's `max.message.bytes`. */
  readonly maxBatchBytes: number;
  readonly maxRecoveryPauseMs: number;
  /** Milliseconds between checks of deadlines. */
  readonly sweepMs: number;
  /** Milliseconds between checks whether claims are due for renewal, which they are for hours before they expire. */
  readonly renewalLookMs: number;
  /** Longest time between saves of changed states, in milliseconds. */
  readonly saveMs: number;
}

export const DEFAULT_WRITER_LIMITS = {
  maxBatchEvents: 1_000,
  maxBatchBytes: 4_000_000,
  maxRecoveryPauseMs: 1_000,
  sweepMs: 100,
  renewalLookMs: 10_000,
  saveMs: 1_000,
  saveAfterStreams: 2_000,
};

/** Commands whose events an append has put into the log. */
export interface AppendedBatch {
  readonly encoded: readonly unknown[];
  /** How many of the events began a stream. */
  readonly created: number;
  /** The trace contexts of the commands. */
  readonly traceparents: readonly (string | null)[];
}

/** Durations in milliseconds, one right after the other. */
export interface AppendTimes {
  /** Deciding the batch and encoding its events. */
  readonly decideMs: number;
  /** Until the log confirmed the events. */
  readonly appendMs: number;
}

/** Receives a writer's events, for logs, metrics and traces. */
export interface WriterObserver {
  /** Recovery has read `done` of `total` offsets. */
  recovering(topic: string, partition: number, done: number, total: number): void;
  /** A foreign record repeated a version of its stream and was skipped. */
  repeated(position: Position): void;
  recovered(topic: string, partition: number, eventsRead: number, streams: number): void;
  /** Called as soon as the log has confirmed. */
  appended(topic: string, partition: number, batch: AppendedBatch, times: AppendTimes): void;
  failed(topic: string, partition: number, error: Error): void;
  /** States could not be loaded or saved; the writer continues. */
  storeFailed(topic: string, partition: number, error: Error): void;
  released(topic: string, partition: number): void;
}
