import type { Position } from '#libs/kernel';
import type { StateLimits } from '../states/state-cache.js';

export interface WriterLimits extends StateLimits {
  readonly maxBatchEvents: number;
  /** Of keys and values in one append, below the topic's `max.message.bytes`. */
  readonly maxBatchBytes: number;
  readonly maxRecoveryPauseMs: number;
  /** How often deadlines are looked at. */
  readonly sweepMs: number;
  /** Changed states are saved at least so often. */
  readonly saveMs: number;
}

export const DEFAULT_WRITER_LIMITS = {
  maxBatchEvents: 1_000,
  maxBatchBytes: 4_000_000,
  maxRecoveryPauseMs: 1_000,
  sweepMs: 100,
  saveMs: 1_000,
  saveAfterStreams: 2_000,
};

/** What a writer tells the outside: for logs and metrics. */
export interface WriterObserver {
  /** The partition is being read; `done` of `total` offsets so far. */
  recovering(topic: string, partition: number, done: number, total: number): void;
  /** A record that repeats what its stream had already, which no owner appends: it was passed over. */
  repeated(position: Position): void;
  recovered(topic: string, partition: number, eventsRead: number, streams: number): void;
  appended(topic: string, partition: number, events: number): void;
  failed(topic: string, partition: number, error: Error): void;
  /** States could not be loaded from the store, or saved to it; the writer goes on. */
  storeFailed(topic: string, partition: number, error: Error): void;
  /** The writer has let go of the partition. */
  released(topic: string, partition: number): void;
}
