import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EventCodec,
  EventDecodingError,
  type LoggedEvent,
  type ReadableEvents,
  type RecordMarks,
  SOURCE_HEADER,
  TYPE_HEADER,
} from '#libs/contracts';
import {
  type EventLog,
  LogUnavailableError,
  type PartitionAppender,
  TopicStoppedError,
} from '#libs/event-store';
import { formatPosition, type Position, type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import { isFenceRecord } from './fencing/fence-record.js';
import { FencedAppender } from './fencing/fenced-appender.js';
import { partitionOf } from './manifest/layout.js';
import { type LogAgreement, NO_AGREEMENT } from './manifest/log-surroundings.js';
import type { FetchedRecord } from './protocol/fetch-answer.js';
import type { KafkaProtocol } from './protocol/kafka-protocol.js';

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
  readonly marks?: RecordMarks | undefined;
  /** As kafkajs gives them, in place of `marks`. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
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
  /** At `next` there is a record of ours that is no event, or records are gone from there on, and why. */
  readonly unreadable?: string;
}

const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';

/** The log in Kafka. Heals by itself when brokers come back; while they are away every call fails within seconds. */
export class KafkaEventLog implements EventLog {
  constructor(
    private readonly protocol: KafkaProtocol,
    private readonly codec: EventCodec,
    private readonly fencing: FencingOptions,
    private readonly agreement: LogAgreement = NO_AGREEMENT,
  ) {}

  /** By this number streams are laid out: what was agreed, whatever the topic has now. */
  async partitionCount(topic: string): Promise<number> {
    const agreed = await this.agreement.topic(topic);
    return agreed?.partitions ?? this.#orUnavailable(this.protocol.partitionCount(topic));
  }

  /**
   * Those of the topics that nobody has to decide about first.
   * @param isNews whether something failed, so that they are to be looked at now
   * @throws LogUnavailableError
   */
  async topicsInUse(topics: readonly string[], isNews = false): Promise<string[]> {
    // What cannot be looked at now is judged by what was seen last.
    if (isNews) await this.agreement.doubt().catch(() => undefined);
    const inUse = topics.map(async (topic) => {
      try {
        await this.agreement.topic(topic);
        return [topic];
      } catch (error) {
        if (error instanceof TopicStoppedError) return [];
        throw error;
      }
    });
    return (await Promise.all(inUse)).flat();
  }

  hasGaps(topic: string, partition: number): boolean {
    return this.agreement.manifest?.hasGaps(topic, partition) ?? false;
  }

  /** Whether the partition waits for a person, and not for a server. */
  isObstructed(topic: string, partition: number): boolean {
    return this.agreement.isObstructed(topic, partition);
  }

  partitionOf(streamId: string, partitionCount: number): number {
    return partitionOf(streamId, partitionCount);
  }

  appender(topic: string, partition: number): PartitionAppender {
    const { prefix, producerExpiration } = this.fencing;
    const transactionalId = `${prefix}-${topic}-${partition}`;
    return new FencedAppender(
      { protocol: this.protocol, topic, partition, transactionalId },
      producerExpiration,
      () => this.#mustBeAgreed(topic, partition),
    );
  }

  /** @throws TopicStoppedError when the topic was made anew since it was last looked at */
  async #mustBeAgreed(topic: string, partition: number): Promise<void> {
    const agreed = await this.agreement.topic(topic);
    if (!agreed || (await this.#orUnavailable(this.protocol.topicId(topic, partition))) === agreed.topicId)
      return;
    await this.agreement.doubt();
    // Somebody may have accepted it meanwhile: then the next claim is right.
    await this.agreement.topic(topic);
    throw new LogUnavailableError(`topic ${topic} is another one than a moment ago`);
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

  /**
   * As {@link fetch}, up to the first record that is no event. One that cannot be read only as long as its schema is not
   * known ends the batch too, and is thrown if it is the first.
   * @throws LogUnavailableError, EventDecodingError
   */
  async fetchReadable(
    from: Position,
    maxBytes: number,
  ): Promise<ReadableBatch & Pick<ReadableEvents, 'failure'>> {
    const { topic, partition, offset: first } = from;
    await this.agreement.topic(topic);
    const begin = this.agreement.manifest?.beginOf(topic, partition) ?? 0;
    if (first < begin) return { topic, partition, first, next: begin, events: [] };
    const fetched = await this.#records(from, maxBytes);
    if (!fetched) return this.#outOfRange(from, maxBytes);
    const records = upToBytes(fetched, maxBytes);
    const data = records.filter((record) => !record.isControlRecord);
    const { events, failure } = await this.decodeReadable(topic, partition, data);
    const next = failure?.position.offset ?? Number(records.at(-1)?.offset ?? first - 1) + 1;
    return { topic, partition, first, next, events, ...obstacleOf(failure, next > first) };
  }

  /** `undefined` where the log does not go from that offset on. */
  async #records(
    { topic, partition, offset }: Position,
    maxBytes: number,
  ): Promise<FetchedRecord[] | undefined> {
    try {
      return await this.protocol.fetch(topic, partition, offset, maxBytes);
    } catch (error) {
      const { type, message } = error as { type?: string; message: string };
      if (type === OUT_OF_RANGE) return undefined;
      await this.#doubtIfGone(error);
      throw new LogUnavailableError(`Kafka: ${message}`, { cause: error });
    }
  }

  async #outOfRange(
    from: Position,
    maxBytes: number,
  ): Promise<ReadableBatch & Pick<ReadableEvents, 'failure'>> {
    const { topic, partition, offset: first } = from;
    const begin = await this.#orUnavailable(this.protocol.startOffset(topic, partition));
    // The end of the log may lie before for a moment, where its leader is new; the beginning never goes back.
    if (first >= begin) {
      // So does a topic that was made anew.
      await this.agreement.doubt().catch(() => undefined);
      throw new LogUnavailableError(
        `${formatPosition(from)} lies behind the end of the log: records are gone`,
      );
    }
    if ((await this.agreement.refreshed()).beginOf(topic, partition) > first)
      return this.fetchReadable(from, maxBytes);
    const failure = new EventDecodingError(from, `the records up to ${begin} are gone`, { fault: 'gone' });
    this.agreement.met(failure);
    return { topic, partition, first, next: first, events: [], ...obstacleOf(failure, false) };
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
    // To Kafka negative times are words: -1 is the end of the log.
    const time = Math.max(0, timestampMs);
    for (const topic of topics) {
      const partitions = await this.#orUnavailable(this.protocol.offsetsAt(topic, time));
      for (const { partition, offset } of partitions) {
        if (offset >= 0) found.set(topicPartitionKey({ topic, partition }), offset);
      }
    }
    return ends.map((end) => ({ ...end, offset: found.get(topicPartitionKey(end)) ?? end.offset }));
  }

  /** The first offset that each partition still has. @throws LogUnavailableError */
  async startOffsets(topics: readonly string[]): Promise<Position[]> {
    const starts = await Promise.all(
      topics.map(async (topic) => {
        const partitions = await this.#orUnavailable(this.protocol.startOffsets(topic));
        return partitions.map((start) => ({ topic, ...start }));
      }),
    );
    return starts.flat();
  }

  /**
   * The events among records of a partition, up to the first record of ours that cannot be read. Foreign records are
   * passed over, and so is what somebody has said is to be left out.
   */
  async decodeReadable(
    topic: string,
    partition: number,
    records: readonly EventRecord[],
  ): Promise<ReadableEvents> {
    const { agreement } = this;
    await agreement.topic(topic);
    const { manifest } = agreement;
    const readable = await this.codec.decodeReadable(
      records
        .filter((record) => !isFenceRecord(record))
        .map(({ key, value, offset, marks, headers }) => {
          const position = { topic, partition, offset: Number(offset) };
          return { ...position, key, value, marks: marks ?? marksOf(headers) };
        })
        .filter((record) => !manifest?.isPassed(record)),
    );
    agreement.passedOver(readable.foreign);
    const { failure } = readable;
    if (!failure) return readable;
    if ((await agreement.refreshed()).isPassed(failure.position))
      return this.decodeReadable(topic, partition, records);
    agreement.met(failure);
    return readable;
  }

  async #orUnavailable<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      await this.#doubtIfGone(error);
      throw new LogUnavailableError(`Kafka: ${(error as Error).message}`, { cause: error });
    }
  }

  /** So that a topic that is gone stops what concerns it, and at once. */
  async #doubtIfGone(error: unknown): Promise<void> {
    if ((error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION')
      await this.agreement.doubt().catch(() => undefined);
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

/** @throws the failure, if it may heal and there is nothing before it */
function obstacleOf(
  failure: EventDecodingError | undefined,
  isBehindEvents: boolean,
): Pick<ReadableBatch, 'unreadable'> & Pick<ReadableEvents, 'failure'> {
  if (!failure) return {};
  if (!failure.mayHeal) return { failure, unreadable: failure.message };
  if (!isBehindEvents) throw failure;
  return {};
}

function marksOf(headers: EventRecord['headers']): RecordMarks {
  return { source: textOf(headers?.[SOURCE_HEADER]), type: textOf(headers?.[TYPE_HEADER]) };
}

/** Of a header that is there twice, kafkajs makes a list: the first counts, as for those who read by `fetch`. */
function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return Buffer.isBuffer(first) ? first.toString() : typeof first === 'string' ? first : undefined;
}
