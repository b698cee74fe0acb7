import type { LoggedEvent } from '#libs/contracts';
import {
  type Clock,
  formatPosition,
  type LogReader,
  LogUnavailableError,
  type Position,
  type Random,
  retryWhileUnavailable,
  type ScannedBatch,
} from '#libs/kernel';
import type { PartitionToRead } from './manifest.js';
import type { LogRange } from './offset-ranges.js';

/** The log as an export reads it. */
export interface LogToExport extends Pick<LogReader, 'startOffsets' | 'endOffsets' | 'offsetsForTime'> {
  /**
   * Records from an offset on, with those that are no readable events.
   * @param isWanted events of other types may be left out
   */
  scan(from: Position, isWanted?: (eventType: string) => boolean): Promise<ScannedBatch<LoggedEvent>>;
  topicId(topic: string): Promise<string>;
}

interface WalkOptions {
  readonly log: Pick<LogToExport, 'scan'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the walk after the next batch. */
  readonly signal: AbortSignal;
  readonly isWanted?: ((eventType: string) => boolean) | undefined;
}

/** Batches in memory at once: one is worked on while others are on their way. */
const AT_ONCE = 3;
/** How often to look for an end that is known: a replica may lag for a moment. */
const LAG_ATTEMPTS = 100;
const LAG_PAUSE_MS = 20;

/** A range of one partition, and how far it was read. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly range: LogRange;
  at: number;
  /** When the last event happened. Empty at first, which is before all times. */
  time: string;
}

interface Answer {
  readonly lane: Lane;
  readonly batch: ScannedBatch<LoggedEvent>;
}

/**
 * Reads ranges of partitions to their ends. The partition whose events are the oldest is next, so that rows of a day come
 * together. In a partition, batches come in the order of the log.
 * @throws LogUnavailableError after an outage of a minute
 */
export async function* walkLog(
  parts: readonly PartitionToRead[],
  options: WalkOptions,
): AsyncIterable<ScannedBatch<LoggedEvent>> {
  const idle = parts.flatMap(lanesOf);
  const running = new Map<Lane, Promise<Answer>>();
  try {
    while (idle.length + running.size > 0 && !options.signal.aborted) {
      while (running.size < AT_ONCE && idle.length > 0) {
        const lane = takeOldest(idle);
        running.set(
          lane,
          readOn(lane, options).then((batch) => ({ lane, batch })),
        );
      }
      const { lane, batch } = await Promise.race(running.values());
      running.delete(lane);
      lane.at = batch.next;
      lane.time = batch.events.at(-1)?.metadata.occurredAt ?? lane.time;
      if (lane.at < lane.range[1]) idle.push(lane);
      yield batch;
    }
  } finally {
    await Promise.allSettled(running.values());
  }
}

const lanesOf = ({ topic, partition, ranges }: PartitionToRead): Lane[] =>
  ranges.map((range) => ({ topic, partition, range, at: range[0], time: '' }));

function takeOldest(lanes: Lane[]): Lane {
  const oldest = lanes.reduce(
    (index, lane, other) => (lane.time < (lanes[index] as Lane).time ? other : index),
    0,
  );
  return lanes.splice(oldest, 1)[0] as Lane;
}

/** The next records of a lane: at least one, but none behind its end. */
async function readOn(lane: Lane, options: WalkOptions): Promise<ScannedBatch<LoggedEvent>> {
  const { topic, partition, at: offset, range } = lane;
  const [, end] = range;
  for (let attempts = 0; attempts < LAG_ATTEMPTS; attempts++) {
    const scan = () => options.log.scan({ topic, partition, offset }, options.isWanted);
    const batch = await retryWhileUnavailable(scan, options, options.signal);
    if (batch.next > offset) return batch.next > end ? cutAt(batch, end) : batch;
    await options.clock.sleep(LAG_PAUSE_MS, options.signal);
  }
  throw new LogUnavailableError(
    `the log ends at ${formatPosition({ topic, partition, offset })}, before ${end}`,
  );
}

const cutAt = (batch: ScannedBatch<LoggedEvent>, end: number): ScannedBatch<LoggedEvent> => ({
  ...batch,
  next: end,
  events: batch.events.filter(({ position }) => position.offset < end),
  rejected: batch.rejected.filter(({ position }) => position.offset < end),
});
