import type { Position, RecordedEvent } from '#libs/kernel';
import {
  AppendError,
  type EncodedEvent,
  type EncodeEvent,
  type EventLog,
  type EventToEncode,
  type PartitionAppender,
} from './event-log.js';

/** For unit tests. Passes the same conformance suite as the Kafka adapter. */
export class InMemoryEventLog implements EventLog {
  readonly #partitions: RecordedEvent[][];
  readonly #epochs: number[];

  constructor(
    readonly topic: string,
    partitionCount: number,
  ) {
    this.#partitions = Array.from({ length: partitionCount }, () => []);
    this.#epochs = Array.from({ length: partitionCount }, () => 0);
  }

  /** Encodes the event as JSON. */
  readonly encode: EncodeEvent = (event) => ({
    key: Buffer.from(event.metadata.streamId),
    value: Buffer.from(JSON.stringify(event)),
    headers: {},
  });

  partitionCount(): Promise<number> {
    return Promise.resolve(this.#partitions.length);
  }

  partitionOf(streamId: string, partitionCount: number): number {
    let hash = 0;
    for (const byte of Buffer.from(streamId)) hash = (hash * 31 + byte) >>> 0;
    return hash % partitionCount;
  }

  /** A partition's events in log order. */
  events(partition: number): readonly RecordedEvent[] {
    return this.#partitions[partition] ?? [];
  }

  /** Appends without ownership, like a rogue producer. */
  write(partition: number, ...events: EventToEncode[]): void {
    this.#store(this.topic, partition, events.map(this.encode));
  }

  async *read(from: Position, end: number): AsyncIterable<readonly RecordedEvent[]> {
    const events = this.events(from.partition).slice(from.offset, end);
    if (events.length > 0) yield events;
    await Promise.resolve();
  }

  appender(topic: string, partition: number): PartitionAppender {
    let epoch = -1;
    return {
      renewalDue: false,
      claim: async () => {
        epoch = (this.#epochs[partition] ?? 0) + 1;
        this.#epochs[partition] = epoch;
        return { end: this.events(partition).length };
      },
      confirm: async () => {
        if (epoch !== this.#epochs[partition]) throw new AppendError('fenced', 'another writer has claimed');
      },
      append: async (encoded) => {
        if (epoch !== this.#epochs[partition]) throw new AppendError('fenced', 'another writer has claimed');
        return this.#store(topic, partition, encoded);
      },
      close: async () => {
        epoch = -1;
      },
    };
  }

  #store(topic: string, partition: number, encoded: readonly EncodedEvent[]): number {
    const events = this.#partitions[partition];
    if (!events) throw new AppendError('rejected', `there is no partition ${partition}`);
    const base = events.length;
    encoded.forEach(({ value }, index) => {
      const event = JSON.parse(value.toString()) as Omit<RecordedEvent, 'position'>;
      events.push({ ...event, position: { topic, partition, offset: base + index } });
    });
    return base;
  }
}
