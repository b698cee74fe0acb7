import type { EventBatch, LogReader, PartitionEnd, Position, RecordedEvent, SizedEvent } from '#libs/kernel';
import { InMemoryLog } from './in-memory-log.fixture.js';

const EVENT_BYTES = 10;

export const TOPICS = ['inventory', 'orders'];

/** Topics `inventory` (of one partition) and `orders` (of two). */
export class InMemoryTopics implements Pick<LogReader<SizedEvent>, 'endOffsets' | 'fetch'> {
  readonly partitions: InMemoryLog[];
  /** Positions whose record cannot be read. */
  readonly unreadable = new Set<string>();
  /** While it is set, everything fails with it. */
  outage: Error | undefined;
  /** Topics that cannot be read now. */
  readonly away = new Set<string>();
  /** Topics that wait for a person. */
  readonly stopped = new Set<string>();
  /** How often the log was asked for its ends. */
  looks = 0;

  constructor(batchEvents = 3) {
    this.partitions = [
      new InMemoryLog('inventory', 0, batchEvents),
      new InMemoryLog('orders', 0, batchEvents),
      new InMemoryLog('orders', 1, batchEvents),
    ];
  }

  partition(index: number): InMemoryLog {
    return this.partitions[index % this.partitions.length]!;
  }

  async endOffsets(): Promise<PartitionEnd[]> {
    if (this.outage) throw this.outage;
    this.looks++;
    return this.partitions.map(({ topic, partition, end }) => ({
      topic,
      partition,
      offset: end,
      ...(this.stopped.has(topic) && { isStopped: true }),
    }));
  }

  async fetch(from: Position): Promise<EventBatch<SizedEvent>> {
    if (this.outage) throw this.outage;
    if (this.away.has(from.topic)) throw new Error(`${from.topic} is away`);
    const log = this.partitions.find(
      ({ topic, partition }) => topic === from.topic && partition === from.partition,
    );
    const batch = await log!.fetch(from);
    const { events, next } = batch;
    const bad = events.findIndex((event) => this.unreadable.has(placeOf(event)));
    const readable = bad < 0 ? events : events.slice(0, bad);
    return {
      ...batch,
      events: readable.map((event) => ({ ...event, bytes: EVENT_BYTES })),
      next: bad < 0 ? next : events[bad]!.position.offset,
      ...(bad >= 0 && { unreadable: 'it is torn' }),
    };
  }
}

export const placeOf = ({
  position: { topic, partition, offset },
}: Pick<RecordedEvent, 'position'>): string => `${topic}/${partition}@${offset}`;
