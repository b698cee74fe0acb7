import type { RecordedEvent } from './event.js';
import type { Position, TopicPartition } from './position.js';

/** The events of one partition, in log order, from one offset up to another. */
export interface EventBatch<Event extends RecordedEvent = RecordedEvent> extends TopicPartition {
  /** Where the batch begins, and where to read on. Offsets in between may hold no event, such as control records. */
  readonly first: number;
  readonly next: number;
  readonly events: readonly Event[];
  /** Why the record at `next` cannot be read as an event. Reading again gives the same until an operator decides. */
  readonly unreadable?: string;
  /** The record at `next` is unreadable because retention or an operator has deleted it. */
  readonly isGone?: boolean;
}

/** A record that is none of the log's readable events. */
export interface RejectedRecord {
  readonly position: Position;
  readonly reason: string;
}

/** Records of one partition for a reader that stops at none: it goes on at `next`, whatever was in between. */
export interface ScannedBatch<Event extends RecordedEvent = RecordedEvent> extends TopicPartition {
  readonly first: number;
  readonly next: number;
  readonly events: readonly Event[];
  /** In the order of the log, like the events. */
  readonly rejected: readonly RejectedRecord[];
}

/** An event for readers that keep it within a memory budget. */
export interface SizedEvent extends RecordedEvent {
  /** An estimate of the memory that it takes. */
  readonly bytes: number;
}

export interface PartitionEnd extends Position {
  /** Its topic waits for an operator. This end is the last one seen; nothing is read or appended there until then. */
  readonly isStopped?: true;
}

/** The log as everything that reads it sees it. All methods reject with a LogUnavailableError while it does not answer. */
export interface LogReader<Event extends RecordedEvent = RecordedEvent> {
  /**
   * A batch of bounded size. At the end of the log it is empty, and `next` is the offset asked for.
   *
   * A record that stays unreadable ends the batch as data (`unreadable`), because readers differ in what they make of it:
   * a projection stops there, a dispatcher reads on elsewhere, an HTTP reader is told. What may heal by itself, such as
   * an unknown schema, rejects like an outage, so that everybody tries again.
   * @param maxBytes of the records, about; one record always fits
   */
  fetch(from: Position, maxBytes?: number): Promise<EventBatch<Event>>;
  /** The first offset that each partition still has. */
  startOffsets(topics: readonly string[]): Promise<readonly Position[]>;
  /** The end of every partition. */
  endOffsets(topics: readonly string[]): Promise<readonly PartitionEnd[]>;
  /** Where to begin in order to read all that was appended at a time or later; the end where nothing was. */
  offsetsForTime(topics: readonly string[], timestampMs: number): Promise<readonly Position[]>;
  /** Whether the log goes on without some of the partition's events, because an operator has accepted the loss. */
  hasGaps(at: TopicPartition): boolean;
}

/** An unreadable record in the way of a reader that cannot go on without it. */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError';
}

/** The log is unavailable; nothing was changed. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}

/** The topic is not the one that holds the events. Reads and appends stop until an operator decides. */
export class TopicStoppedError extends LogUnavailableError {}
