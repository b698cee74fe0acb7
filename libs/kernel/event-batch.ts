import type { RecordedEvent } from './event.js';
import type { TopicPartition } from './topic-partition.js';

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

/** An event for readers that keep it within a memory budget. */
export interface SizedEvent extends RecordedEvent {
  /** An estimate of the memory that it takes. */
  readonly bytes: number;
}
