import type { LoggedEvent } from '#libs/contracts';
import type { SizedEvent } from './ports.js';

/** What an event takes in memory, measured: its metadata, and some times what its data take in the log. */
const EVENT_BYTES = 1_500;
const MEMORY_PER_LOG_BYTE = 4;

/** For those who keep it: without the value, which would keep the whole piece of the log that it came in. */
export const sizedEvent = ({ value, ...event }: LoggedEvent): SizedEvent => ({
  ...event,
  bytes: EVENT_BYTES + MEMORY_PER_LOG_BYTE * value.length,
});
