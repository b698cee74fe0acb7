import type { EventBatch, SizedEvent } from '#libs/kernel';
import type { LoggedEvent } from './event-codec.js';

/** The measured memory of an event: its metadata, plus a multiple of the bytes of its data in the log. */
const EVENT_BYTES = 1_500;
const MEMORY_PER_LOG_BYTE = 4;

/** An event without its raw value, which would keep the whole fetched batch in memory. */
const sizedEvent = ({ value, ...event }: LoggedEvent): SizedEvent => ({
  ...event,
  bytes: EVENT_BYTES + MEMORY_PER_LOG_BYTE * value.length,
});

/** A batch for readers that keep its events. */
export const sizedBatch = (batch: EventBatch<LoggedEvent>): EventBatch<SizedEvent> => ({
  ...batch,
  events: batch.events.map(sizedEvent),
});
