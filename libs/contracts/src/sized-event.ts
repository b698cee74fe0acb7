import type { EventBatch, SizedEvent } from '#libs/kernel';
import type { LoggedEvent } from './event-codec.js';

/** What an event takes in memory, measured: its metadata, and a multiple of what its data take in the log. */
const EVENT_BYTES = 1_500;
const MEMORY_PER_LOG_BYTE = 4;

/** Without the value, which would keep the whole piece of the log that it came in. */
const sizedEvent = ({ value, ...event }: LoggedEvent): SizedEvent => ({
  ...event,
  bytes: EVENT_BYTES + MEMORY_PER_LOG_BYTE * value.length,
});

/** A batch for readers that keep its events. */
export const sizedBatch = (batch: EventBatch<LoggedEvent>): EventBatch<SizedEvent> => ({
  ...batch,
  events: batch.events.map(sizedEvent),
});
