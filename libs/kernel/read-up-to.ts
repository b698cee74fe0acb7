import type { Clock } from './timing.js';
import type { RecordedEvent } from './event.js';
import { type LogReader, LogUnavailableError, UnreadableRecordError } from './log-reader.js';
import { type Position, topicPartitionKey } from './position.js';

/** How often to look for an end that is known: a replica may lag for a moment. */
const LAG_ATTEMPTS = 100;
const LAG_PAUSE_MS = 20;

/**
 * Reads a partition from an offset up to (not including) `end`, in log order, in batches of bounded size.
 * @throws UnreadableRecordError, LogUnavailableError, and what the log throws
 */
export async function* readUpTo<Event extends RecordedEvent>(
  log: Pick<LogReader<Event>, 'fetch'>,
  from: Position,
  end: number,
  clock: Clock,
): AsyncIterable<readonly Event[]> {
  let attempts = 0;
  for (let { offset } = from; offset < end; ) {
    const { events, next, unreadable } = await log.fetch({ ...from, offset });
    if (unreadable !== undefined && next < end) throw new UnreadableRecordError(unreadable);
    attempts = next === offset ? attempts + 1 : 0;
    if (attempts > LAG_ATTEMPTS)
      throw new LogUnavailableError(`${topicPartitionKey(from)} ends before ${end}`);
    if (attempts > 0) await clock.sleep(LAG_PAUSE_MS);
    const wanted = events.filter(({ position }) => position.offset < end);
    if (wanted.length > 0) yield wanted;
    offset = next;
  }
}
