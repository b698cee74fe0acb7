import { setTimeout as sleep } from 'node:timers/promises';
import type { EventCodec, LoggedEvent, ReadableEvents } from '#libs/contracts';
import { type EventLog, LogUnavailableError, type PartitionAppender } from '#libs/event-store';
import type { Position, RecordedEvent } from '#libs/kernel';
import { isFenceRecord } from './fencing/fence-record.js';
import { FencedAppender } from './fencing/fenced-appender.js';
import type { KafkaProtocol } from './protocol/kafka-protocol.js';
import { murmur2 } from './protocol/murmur2.js';

/** Bytes in one fetch: some thousand events, so that a reader's memory is bounded. */
const READ_BYTES = 1_048_576;

/** How long a reader looks for an end that it was told of: a replica may lag behind for a moment. */
const LAG_PATIENCE_MS = 2_000;
const LAG_PAUSE_MS = 20;

/** A record as both ways of reading give it. */
export interface EventRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface FencingOptions {
  /**
   * First part of the transactional ids that claims go by: the same for all who write the same topics, for ever. An id
   * whose producer was shut out by a claim under another one cannot claim again.
   */
  readonly prefix: string;
  /** How long the brokers remember a producer, in milliseconds. */
  readonly producerExpiration: () => Promise<number>;
}

export interface EventBatch {
  readonly events: readonly LoggedEvent[];
  /** Where to read on; equal to the offset asked for at the end of the log. */
  readonly next: number;
}

/** One piece of a partition, from `first` to `next`. */
export interface ReadableBatch extends EventBatch {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  /** At `next` there is a record that is no event which this code can read, and why. */
  readonly unreadable?: string;
}

/** The log in Kafka. Heals by itself when brokers come back; while they are away every call fails within seconds. */
export class KafkaEventLog implements EventLog {
  constructor(
    private readonly protocol: KafkaProtocol,
    private readonly codec: EventCodec,
    private readonly fencing: FencingOptions,
  ) {}

  partitionCount(topic: string): Promise<number> {
    return this.#orUnavailable(this.protocol.partitionCount(topic));
  }

  partitionOf(streamId: string, partitionCount: number): number {
    return (murmur2(streamId) & 0x7fffffff) % partitionCount;
  }

  appender(topic: string, partition: number): PartitionAppender {
    const { prefix, producerExpiration } = this.fencing;
    const transactionalId = `${prefix}-${topic}-${partition}`;
    return new FencedAppender(
      { protocol: this.protocol, topic, partition, transactionalId },
      producerExpiration,
    );
  }

  async *read(from: Position, end: number): AsyncIterable<readonly RecordedEvent[]> {
    let { offset } = from;
    let patience = performance.now() + LAG_PATIENCE_MS;
    while (offset < end) {
      const { events, next } = await this.fetch({ ...from, offset }, READ_BYTES);
      if (next === offset) {
        if (performance.now() > patience) {
          throw new LogUnavailableError(`${from.topic}/${from.partition} ends before ${end}`);
        }
        await sleep(LAG_PAUSE_MS);
        continue;
      }
      patience = performance.now() + LAG_PATIENCE_MS;
      const wanted = events.filter(({ position }) => position.offset < end);
      if (wanted.length > 0) yield wanted;
      offset = next;
    }
  }

  /**
   * One batch of events from a position on, of about so many bytes.
   * @throws LogUnavailableError, EventDecodingError
   */
  async fetch(from: Position, maxBytes: number): Promise<EventBatch> {
    const batch = await this.fetchReadable(from, maxBytes);
    if (batch.failure) throw batch.failure;
    return batch;
  }

  /** As {@link fetch}, up to the first record that cannot be read as an event. @throws LogUnavailableError */
  async fetchReadable(
    from: Position,
    maxBytes: number,
  ): Promise<ReadableBatch & Pick<ReadableEvents, 'failure'>> {
    const { topic, partition, offset: first } = from;
    const fetched = await this.#orUnavailable(this.protocol.fetch(topic, partition, first, maxBytes));
    const records = upToBytes(fetched, maxBytes);
    const data = records.filter((record) => !record.isControlRecord);
    const { events, failure } = await this.decodeReadable(topic, partition, data);
    const end = failure?.position.offset ?? Number(records.at(-1)?.offset ?? first - 1) + 1;
    const what = failure ? { failure, unreadable: failure.message } : {};
    return { topic, partition, first, next: end, events, ...what };
  }

  /** The end of every partition of the topics. @throws LogUnavailableError */
  async endOffsets(topics: readonly string[]): Promise<Position[]> {
    const ends = await Promise.all(
      topics.map(async (topic) => {
        const partitions = await this.#orUnavailable(this.protocol.endOffsets(topic));
        return partitions.map((end) => ({ topic, ...end }));
      }),
    );
    return ends.flat();
  }

  /**
   * Where to begin in order to read all that was appended at a time or later; the end, where there is nothing yet.
   * @throws LogUnavailableError
   */
  async offsetsAt(topics: readonly string[], timestampMs: number): Promise<Position[]> {
    // The ends come first: what is appended in between would be missed otherwise.
    const ends = await this.endOffsets(topics);
    const found = new Map<string, number>();
    for (const topic of topics) {
      const partitions = await this.#orUnavailable(this.protocol.offsetsAt(topic, timestampMs));
      for (const { partition, offset } of partitions) {
        if (offset >= 0) found.set(`${topic}/${partition}`, offset);
      }
    }
    return ends.map((end) => ({ ...end, offset: found.get(`${end.topic}/${end.partition}`) ?? end.offset }));
  }

  /** The events among records of a partition, up to the first record that cannot be read as one. */
  decodeReadable(topic: string, partition: number, records: readonly EventRecord[]): Promise<ReadableEvents> {
    return this.codec.decodeReadable(
      records
        .filter((record) => !isFenceRecord(record))
        .map(({ value, offset }) => ({ value, topic, partition, offset: Number(offset) })),
    );
  }

  async #orUnavailable<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      throw new LogUnavailableError(`Kafka: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Brokers give whole batches, however large: what is past the bound is for the next read. One record is always there. */
function upToBytes<Record extends Pick<EventRecord, 'value'>>(
  records: readonly Record[],
  maxBytes: number,
): readonly Record[] {
  let left = maxBytes;
  const end = records.findIndex(({ value }) => (left -= value?.length ?? 0) < 0);
  return end < 0 ? records : records.slice(0, Math.max(1, end));
}
