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

/**
 * Whether the database is ahead of the log. Then its states and checkpoints include events that were lost, and whatever is
 * appended next would take their places.
 * @param isCompared leaves topics out that wait for an operator for another reason
 * @throws any error of the database or of Kafka
 */
export async function memoryDifferences(
  log: Log,
  memory: LogMemory,
  isCompared: (topic: string) => boolean = () => true,
): Promise<Difference[]> {
  // The database first: the log has moved on since, and never back.
  const [allReached, allEvents] = await Promise.all([memory.reached(), memory.newestEvents()]);
  const reached = allReached.filter(({ topic }) => isCompared(topic));
  const newest = allEvents.filter(({ topic }) => isCompared(topic));
  const ends = await offsetsOf(reached, (topic) => log.endOffsets(topic));
  const behind = reached.flatMap((position) => {
    const end = ends.get(topicPartitionKey(position));
    return end !== undefined && end < position.offset
      ? [`${topicPartitionKey(position)} ends at ${end}, before ${position.offset}`]
      : [];
  });
  const lost = behind.length > 0 ? behind : await missing(log, newest);
  if (lost.length === 0) return [];
  const more = lost.length > MOST_NAMED ? ` and ${lost.length - MOST_NAMED} more` : '';
  return [
    {
      level: 'fail',
      promise: 1,
      about: 'the log',
      is: `older than the database: ${lost.slice(0, MOST_NAMED).join('; ')}${more}`,
      follows: 'what the database knows of the log is gone from it: all commands and readers wait',
      remedy:
        'restore a log that is as new, or a database that is older than the log, or give the apps an empty database: docs/backup.md',
    },
  ];
}

/** The events that are not where they were. What was deleted from the beginning of a partition is another matter. */
async function missing(log: Log, events: readonly RememberedEvent[]): Promise<string[]> {
  const begins = await offsetsOf(events, (topic) => log.startOffsets(topic));
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

/** Topics that are gone are left out: they differ from the manifest. */
async function offsetsOf(
  positions: readonly Position[],
  ask: (topic: string) => ReturnType<Log['endOffsets']>,
): Promise<ReadonlyMap<string, number>> {
  const topics = [...new Set(positions.map(({ topic }) => topic))].filter((topic) =>
    EVENT_TOPICS.includes(topic),
  );
  const answers = await Promise.all(
    topics.map(async (topic) => {
      const offsets = await ask(topic).catch((error: { type?: string }) => {
        if (error.type === 'UNKNOWN_TOPIC_OR_PARTITION') return [];
        throw error;
      });
      return offsets.map(
        ({ partition, offset }) => [topicPartitionKey({ topic, partition }), offset] as const,
      );
    }),
  );
  return new Map(answers.flat());
}
