import {
  type EventBatch,
  type LogReader,
  type Position,
  type RecordedEvent,
  topicPartitionKey,
} from '#libs/kernel';

/** Bounds the search for an event by its id. */
export interface SearchBounds {
  /** Events appended up to this long before the time in the id are read too, because clocks differ. */
  readonly skewMs: number;
  /** A partition is left once its events are this much younger than the id. */
  readonly lateMs: number;
  /** Reads of the log, of all partitions together. */
  readonly reads: number;
  /** Of one read. */
  readonly bytes: number;
}

export const DEFAULT_SEARCH_BOUNDS: SearchBounds = {
  skewMs: 2_000,
  lateMs: 30_000,
  reads: 400,
  bytes: 131_072,
};

/** `incomplete`: the bounds ended the search, and the event may exist. */
export type FoundEvent = RecordedEvent | 'absent' | 'incomplete';

type SearchedLog = Pick<LogReader, 'fetch' | 'endOffsets' | 'offsetsForTime'>;

const AT_ONCE = 8;

/**
 * Finds an event by its id alone. An event id is a UUIDv7, so it tells when the event was made, and the log is read from
 * just before that time, in all partitions by turns.
 * @throws LogUnavailableError
 */
export async function findEvent(
  log: SearchedLog,
  topics: readonly string[],
  eventId: string,
  bounds: SearchBounds = DEFAULT_SEARCH_BOUNDS,
): Promise<FoundEvent> {
  const madeAt = timeOfId(eventId);
  if (madeAt === undefined) return 'absent';
  const ends = new Map((await log.endOffsets(topics)).map((end) => [topicPartitionKey(end), end.offset]));
  const starts = await log.offsetsForTime(topics, madeAt - bounds.skewMs);
  const isBeforeEnd = (place: Position): boolean => place.offset < (ends.get(topicPartitionKey(place)) ?? 0);
  let isComplete = true;
  let left = bounds.reads;
  for (let places = starts.filter(isBeforeEnd); places.length > 0; ) {
    if (left < places.length) return 'incomplete';
    left -= places.length;
    const next: Position[] = [];
    // A few at a time, so that what is read for nothing is let go of soon.
    for (let at = 0; at < places.length; at += AT_ONCE) {
      const reads = places.slice(at, at + AT_ONCE).map((place) => log.fetch(place, bounds.bytes));
      for (const batch of await Promise.all(reads)) {
        const found = batch.events.find(({ metadata }) => metadata.eventId === eventId);
        if (found) return found;
        const { topic, partition, first, next: offset } = batch;
        // A record that cannot be read ends the search of its partition.
        if (offset === first) isComplete = false;
        else if (!isPast(batch, madeAt + bounds.lateMs)) next.push({ topic, partition, offset });
      }
    }
    places = next.filter(isBeforeEnd);
  }
  return isComplete ? 'absent' : 'incomplete';
}

/** Events of a partition are made in the order of the log, but for a change of its writer. */
function isPast({ events }: EventBatch, time: number): boolean {
  const last = events.at(-1);
  return last !== undefined && (timeOfId(last.metadata.eventId) ?? 0) > time;
}

/** Milliseconds since 1970; `undefined` unless it is a UUIDv7. */
export function timeOfId(id: string): number | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab]/i.exec(id);
  return match ? Number.parseInt(`${match[1]}${match[2]}`, 16) : undefined;
}
