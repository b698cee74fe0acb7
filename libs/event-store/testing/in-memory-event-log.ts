import { InMemoryLog, InMemoryPartition } from '#libs/testing';
import {
  AppendError,
  type EncodeEvent,
  type EventLog,
  type PartitionAppender,
} from '../core/log/event-log.js';
import type { EncodedEvent, EventToEncode } from '#libs/contracts';
import type { RecordedEvent } from '#libs/kernel';

/** One topic of a log that can be appended to. Passes the same conformance suite as the Kafka adapter. */
export class InMemoryEventLog extends InMemoryLog implements EventLog {
  readonly #epochs: number[];

  /** @param batchEvents most events in one batch */
  constructor(
    readonly topic: string,
    partitionCount: number,
    batchEvents = 100,
  ) {
    const numbers = Array.from({ length: partitionCount }, (_, partition) => partition);
    super(numbers.map((partition) => new InMemoryPartition(topic, partition, batchEvents)));
    this.#epochs = numbers.map(() => 0);
  }

  /** Encodes the event as JSON. */
  readonly encode: EncodeEvent = (event) => ({
    key: Buffer.from(event.metadata.streamId),
    value: Buffer.from(JSON.stringify(event)),
    headers: {},
  });

  partitionCount(): Promise<number> {
    return Promise.resolve(this.partitions.length);
  }

  partitionOf(streamId: string, partitionCount: number): number {
    let hash = 0;
    for (const byte of Buffer.from(streamId)) hash = (hash * 31 + byte) >>> 0;
    return hash % partitionCount;
  }

  /** A partition's events in log order. */
  events(partition: number): readonly RecordedEvent[] {
    return this.partition(partition).events;
  }

  /** Appends without ownership, like a rogue producer. */
  write(partition: number, ...events: EventToEncode[]): void {
    this.store(partition, events.map(this.encode));
  }

  appender(_topic: string, partition: number): PartitionAppender {
    let epoch = -1;
    const mustOwn = (): void => {
      if (!this.isOwner(partition, epoch)) throw new AppendError('fenced', 'another writer has claimed');
    };
    return {
      renewalDue: false,
      claim: async () => {
        epoch = this.claim(partition);
        return { end: this.partition(partition).end };
      },
      confirm: async () => mustOwn(),
      append: async (encoded) => {
        mustOwn();
        return this.store(partition, encoded);
      },
      close: async () => {
        epoch = -1;
      },
    };
  }

  /** @returns the claim's epoch: the partition's, until another claims */
  protected claim(partition: number): number {
    const epoch = (this.#epochs[partition] ?? 0) + 1;
    this.#epochs[partition] = epoch;
    return epoch;
  }

  protected isOwner(partition: number, epoch: number): boolean {
    return epoch === this.#epochs[partition];
  }

  protected store(partition: number, encoded: readonly EncodedEvent[]): number {
    const target = this.partition(partition);
    const base = target.end;
    for (const { value } of encoded) target.put(JSON.parse(value.toString()) as EventToEncode);
    return base;
  }

  protected partition(partition: number): InMemoryPartition {
    const found = this.partitions[partition];
    if (!found) throw new AppendError('rejected', `there is no partition ${partition}`);
    return found;
  }
}
