export interface WriterLimits {
  /** A command that has no answer by then gets one: `503`. Milliseconds. */
  readonly commandTimeoutMs: number;
  /** Commands waiting for one partition; more are refused at once. */
  readonly maxQueued: number;
  readonly maxGroupEvents: number;
  /** Of keys and values in one append, below the topic's `max.message.bytes`. */
  readonly maxGroupBytes: number;
  readonly maxRecoveryPauseMs: number;
  /** How often deadlines are looked at. */
  readonly sweepMs: number;
}

export const DEFAULT_WRITER_LIMITS: WriterLimits = {
  commandTimeoutMs: 5_000,
  maxQueued: 10_000,
  maxGroupEvents: 1_000,
  maxGroupBytes: 4_000_000,
  maxRecoveryPauseMs: 1_000,
  sweepMs: 100,
};

/** What a writer tells the outside: for logs and metrics. */
export interface WriterObserver {
  recovered(topic: string, partition: number, eventsRead: number, streams: number): void;
  appended(topic: string, partition: number, events: number): void;
  failed(topic: string, partition: number, error: Error): void;
}
