import type { EncodedEvent, EventToEncode } from '#libs/contracts';
import type { Position, RecordedEvent } from '#libs/kernel';

export type { EncodedEvent, EventToEncode } from '#libs/contracts';

/**
 * Events are encoded before the append, so that one that does not fit its schema cannot fail its neighbours.
 * @throws EventEncodingError
 */
export type EncodeEvent = (event: EventToEncode) => EncodedEvent;

/** The log as the command side sees it: partitioned topics, of which each partition has one writer at a time. */
export interface EventLog {
  /** @throws when the topic does not exist or no broker answers. */
  partitionCount(topic: string): Promise<number>;
  /** murmur2 of the key, as Kafka's Java client does, so that any client finds a stream's partition. */
  partitionOf(streamId: string, partitionCount: number): number;
  appender(topic: string, partition: number): PartitionAppender;
  /**
   * Decoded events from an offset up to (not including) `end`, in log order, in batches of bounded size.
   * @throws LogUnavailableError, EventDecodingError
   */
  read(from: Position, end: number): AsyncIterable<readonly RecordedEvent[]>;
  /** Whether the log goes on without some of the partition's events, because somebody has said so. */
  hasGaps?(topic: string, partition: number): boolean;
}

/** One writer's hold on one partition. Not for concurrent use. */
export interface PartitionAppender {
  /**
   * Makes this the partition's one writer. Resolves to the end of the log: once it has, no append that began
   * before, by anybody, can still arrive, so what lies below the end is the whole truth.
   * @throws LogUnavailableError when it cannot be had now.
   */
  claim(): Promise<{ readonly end: number }>;
  /**
   * Appends all events as one batch, all or nothing, and resolves when they are durable.
   * @returns the offset of the first.
   * @throws AppendError, whose `outcome` says what is known.
   */
  append(events: readonly EncodedEvent[]): Promise<number>;
  /**
   * Proves that, at some moment during the call, nobody else had claimed: what this writer knows was the whole truth then.
   * @throws AppendError when somebody has, or when it cannot be told.
   */
  confirm(): Promise<void>;
  /** Whether the claim has grown old: time to claim anew, before the next append. */
  readonly renewalDue: boolean;
  /** Gives up, for good: also a claim that is under way, as early as it can. What is being appended is still answered. */
  close(): Promise<void>;
}

/**
 * - `rejected`: certainly not in the log; this writer goes on.
 * - `fenced`: certainly not in the log; another writer has claimed the partition.
 * - `unknown`: in the log or not. Only a claim and a read can tell.
 */
export type AppendOutcome = 'rejected' | 'fenced' | 'unknown';

export class AppendError extends Error {
  override readonly name = 'AppendError';
  constructor(
    readonly outcome: AppendOutcome,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The log does not answer now; nothing was changed. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}

/** The topic is not the one that events were appended to. Nothing is read or appended until a person has decided. */
export class TopicStoppedError extends LogUnavailableError {}
