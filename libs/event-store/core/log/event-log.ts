import type { LogReader } from '#libs/kernel';
import type { EncodedEvent, EventToEncode } from '#libs/contracts';

export type { EncodedEvent, EventToEncode } from '#libs/contracts';

/**
 * Encodes an event before the append, so an invalid event cannot fail the rest of its batch.
 * @throws EventEncodingError
 */
export type EncodeEvent = (event: EventToEncode) => EncodedEvent;

/** The log as the command side sees it: partitioned topics with one writer per partition at a time. */
export interface EventLog extends LogReader {
  /** @throws when the topic does not exist or no broker answers. */
  partitionCount(topic: string): Promise<number>;
  /** Uses murmur2 like Kafka's Java client, so any client can find a stream's partition. */
  partitionOf(streamId: string, partitionCount: number): number;
  appender(topic: string, partition: number): PartitionAppender;
}

/** Appends to one partition on behalf of one writer. Not for concurrent use. */
export interface PartitionAppender {
  /**
   * Makes this the partition's only writer and resolves to the end of the log. From then on, no append that any writer
   * began earlier can arrive, so everything below the end is complete.
   * @throws LogUnavailableError when the claim fails.
   */
  claim(): Promise<{ readonly end: number }>;
  /**
   * Appends all events as one batch, all or nothing, and resolves when they are durable.
   * @returns the offset of the first.
   * @throws AppendError, with what is known in its `outcome`.
   */
  append(events: readonly EncodedEvent[]): Promise<number>;
  /**
   * Proves that no other writer had claimed at some moment during the call, so this writer's knowledge was complete then.
   * @throws AppendError when another writer has claimed, or when that cannot be verified.
   */
  confirm(): Promise<void>;
  /** Whether the claim is old enough to be renewed before the next append. */
  readonly renewalDue: boolean;
  /** Closes for good and cancels a running claim as early as possible. A running append still resolves. */
  close(): Promise<void>;
}

/**
 * - `rejected`: not in the log; this writer can continue.
 * - `fenced`: not in the log; another writer has claimed the partition.
 * - `unknown`: possibly in the log. Only a new claim and a read can tell.
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
