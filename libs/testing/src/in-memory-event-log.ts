import {
  AppendError,
  type EncodedEvent,
  type EncodeEvent,
  type EventLog,
  type EventToEncode,
  type PartitionAppender,
} from '#libs/event-store';
import type { EventBatch, Position, RecordedEvent } from '#libs/kernel';

/** One partition: each offset holds an event, or a control record as Kafka has them. */
interface Partition {
  readonly entries: (RecordedEvent | undefined)[];
  epoch: number;
}

/** One topic of a log, for unit tests. Passes the same conformance suite as the Kafka adapter. */
export class InMemoryEventLog implements EventLog {
  readonly #partitions: Partition[];

  /** @param batchOffsets offsets in one batch */
  constructor(
    readonly topic: string,
    partitionCount: number,
    private readonly batchOffsets = 100,
  ) {
    this.#partitions = Array.from({ length: partitionCount }, () => ({ entries: [], epoch: 0 }));
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
  events(partition: number): RecordedEvent[] {
    return this.#partition(partition).entries.flatMap((entry) => entry ?? []);
  }

  endOf(partition: number): number {
    return this.#partition(partition).entries.length;
  }

  /** Appends without ownership, like a rogue producer. */
  write(partition: number, ...events: EventToEncode[]): void {
    this.store(this.topic, partition, events.map(this.encode));
  }

  async fetch({ topic, partition, offset: first }: Position): Promise<EventBatch> {
    const entries = this.#partition(partition).entries.slice(first, first + this.batchOffsets);
    const events = entries.flatMap((entry) => entry ?? []);
    return { topic, partition, first, next: first + entries.length, events };
  }

  async startOffsets(): Promise<Position[]> {
    return this.#positions(() => 0);
  }

  async endOffsets(): Promise<Position[]> {
    return this.#positions(({ entries }) => entries.length);
  }

  async offsetsForTime(_topics: readonly string[], timestampMs: number): Promise<Position[]> {
    return this.#positions(({ entries }) => {
      const found = entries.findIndex(
        (entry) => entry && Date.parse(entry.metadata.occurredAt) >= timestampMs,
      );
      return found < 0 ? entries.length : found;
    });
  }

  hasGaps(): boolean {
    return false;
  }

  appender(topic: string, partition: number): PartitionAppender {
    let epoch = -1;
    const mustOwn = (): void => {
      if (!this.isOwner(partition, epoch)) throw new AppendError('fenced', 'another writer has claimed');
    };
    return {
      renewalDue: false,
      claim: async () => {
        epoch = this.claim(partition);
        return { end: this.endOf(partition) };
      },
      confirm: async () => mustOwn(),
      append: async (encoded) => {
        mustOwn();
        return this.store(topic, partition, encoded);
      },
      close: async () => {
        epoch = -1;
      },
    };
  }

  /** @returns the claim's epoch: the partition's, until another claims */
  protected claim(partition: number): number {
    return ++this.#partition(partition).epoch;
  }

  protected isOwner(partition: number, epoch: number): boolean {
    return epoch === this.#partition(partition).epoch;
  }

  protected storeControlRecord(partition: number): void {
    this.#partition(partition).entries.push(undefined);
  }

  protected store(topic: string, partition: number, encoded: readonly EncodedEvent[]): number {
    const { entries } = this.#partition(partition);
    const base = entries.length;
    encoded.forEach(({ value }, index) => {
      const event = JSON.parse(value.toString()) as Omit<RecordedEvent, 'position'>;
      entries.push({ ...event, position: { topic, partition, offset: base + index } });
    });
    return base;
  }

  #positions(offsetOf: (partition: Partition) => number): Position[] {
    const { topic } = this;
    return this.#partitions.map((each, partition) => ({ topic, partition, offset: offsetOf(each) }));
  }

  #partition(partition: number): Partition {
    const found = this.#partitions[partition];
    if (!found) throw new AppendError('rejected', `there is no partition ${partition}`);
    return found;
  }
}
