import { EVENT_TOPICS, ID_HEADER } from '#libs/contracts';
import { formatPosition, type Position, topicPartitionKey } from '#libs/kernel';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import type { Difference } from './differences.js';

/** An event that was read from the log, and where. */
export interface RememberedEvent extends Position {
  readonly eventId: string;
}

/** What a database remembers of the log: by that it can be noticed that an older log was restored under it. */
export interface LogMemory {
  /** The furthest offset of each partition that the log must have reached. */
  reached(): Promise<readonly Position[]>;
  /** Some of the newest events, which must be where they were. */
  newestEvents(): Promise<readonly RememberedEvent[]>;
}

type Log = Pick<KafkaProtocol, 'endOffsets' | 'startOffsets' | 'fetchWhole'>;

const MOST_NAMED = 3;

/** What a database has answered. */
export interface Recollection {
  readonly reached: readonly Position[];
  readonly newest: readonly RememberedEvent[];
}

/** @throws any error of the database */
export async function recollect(memory: LogMemory): Promise<Recollection> {
  const [reached, newest] = await Promise.all([memory.reached(), memory.newestEvents()]);
  return { reached, newest };
}

/**
 * Whether the database is ahead of the log. Then its states and checkpoints include events that were lost, and whatever is
 * appended next would take their places.
 * @throws any error of the database or of Kafka
 */
export async function memoryDifferences(log: Log, memory: LogMemory): Promise<Difference[]> {
  // The database first: the log has moved on since, and never back.
  const { differences, unanswered } = await compareMemory(log, await recollect(memory));
  for (const error of unanswered.values()) throw error;
  return differences;
}

/**
 * The same, by topic: Kafka may answer for some.
 * @param isCompared leaves topics out that wait for an operator for another reason
 */
export async function compareMemory(
  log: Log,
  { reached, newest }: Recollection,
  isCompared: (topic: string) => boolean = () => true,
): Promise<{ differences: Difference[]; unanswered: ReadonlyMap<string, Error> }> {
  const unanswered = new Map<string, Error>();
  const topics = EVENT_TOPICS.filter(isCompared);
  const looks = topics.map(async (topic) => {
    const own = <Place extends Position>(places: readonly Place[]): Place[] =>
      places.filter((place) => place.topic === topic);
    try {
      return [await lossIn(log, topic, { reached: own(reached), newest: own(newest) })];
    } catch (error) {
      unanswered.set(topic, error as Error);
      return [];
    }
  });
  const losses = (await Promise.all(looks)).flat();
  const behind = losses.flatMap((loss) => loss.behind);
  const lost = behind.length > 0 ? behind : losses.flatMap(({ missing }) => missing);
  return { differences: lost.length > 0 ? [tooOld(lost)] : [], unanswered };
}

function tooOld(lost: readonly string[]): Difference {
  const more = lost.length > MOST_NAMED ? ` and ${lost.length - MOST_NAMED} more` : '';
  return {
    level: 'fail',
    promise: 1,
    about: 'the log',
    is: `older than the database: ${lost.slice(0, MOST_NAMED).join('; ')}${more}`,
    follows: 'what the database knows of the log is gone from it: all commands and readers wait',
    remedy:
      'restore a log that is as new, or a database that is older than the log, or give the apps an empty database: docs/backup.md',
  };
}

/** @throws any error of Kafka */
async function lossIn(
  log: Log,
  topic: string,
  { reached, newest }: Recollection,
): Promise<{ behind: string[]; missing: string[] }> {
  const ends = reached.length > 0 ? await offsetsOf(topic, log.endOffsets(topic)) : new Map<string, number>();
  const behind = reached.flatMap((position) => {
    const end = ends.get(topicPartitionKey(position));
    return end !== undefined && end < position.offset
      ? [`${topicPartitionKey(position)} ends at ${end}, before ${position.offset}`]
      : [];
  });
  return { behind, missing: behind.length > 0 ? [] : await missingOf(log, topic, newest) };
}

/** The events that are not where they were. What was deleted from the beginning of a partition is another matter. */
async function missingOf(log: Log, topic: string, events: readonly RememberedEvent[]): Promise<string[]> {
  if (events.length === 0) return [];
  const begins = await offsetsOf(topic, log.startOffsets(topic));
  const looks = events.map(async (event) => {
    const begin = begins.get(topicPartitionKey(event));
    if (begin === undefined || event.offset < begin) return [];
    const records = await log.fetchWhole(event, 1);
    const found = records.find(({ offset }) => offset === event.offset);
    const isThere = found?.headers.some(([name, value]) => name === ID_HEADER && value === event.eventId);
    return isThere ? [] : [`${formatPosition(event)} is not the event that was read there`];
  });
  return (await Promise.all(looks)).flat();
}

/** A topic that is gone has none: it differs from the manifest. */
async function offsetsOf(
  topic: string,
  asked: ReturnType<Log['endOffsets']>,
): Promise<ReadonlyMap<string, number>> {
  const offsets = await asked.catch((error: { type?: string }) => {
    if (error.type === 'UNKNOWN_TOPIC_OR_PARTITION') return [];
    throw error;
  });
  return new Map(
    offsets.map(({ partition, offset }) => [topicPartitionKey({ topic, partition }), offset] as const),
  );
}
