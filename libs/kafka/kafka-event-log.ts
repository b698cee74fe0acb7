import {
  type EventCodec,
  EventDecodingError,
  isFenceRecord,
  type LoggedEvent,
  type ReadableEvents,
} from '#libs/contracts';
import type { EventLog, PartitionAppender } from '#libs/event-store/core';
import {
  type EventBatch,
  formatPosition,
  type LogReader,
  LogUnavailableError,
  type Position,
  type ScannedBatch,
  systemClock,
  type TopicPartition,
  topicPartitionKey,
  TopicStoppedError,
} from '#libs/kernel';
import type { EventRecord } from './event-record.js';
import { FencedAppender } from './fencing/fenced-appender.js';
import { partitionOf } from './manifest/layout.js';
import { type LogAgreement, NO_AGREEMENT } from './manifest/log-environment.js';
import type { FetchedRecord } from './protocol/fetch-answer.js';
import type { KafkaProtocol } from './protocol/kafka-protocol.js';
import { NO_MARKS, scanRecords } from './scan-records.js';
import { LogTail } from './tail/log-tail.js';
import type { TailReader } from './tail/tail-reader.js';

/** Bytes per fetch, about a thousand events, to bound a reader's memory. */
const READ_BYTES = 1_048_576;

export interface FencingOptions {
  /**
   * Prefix of the transactional ids of claims. All writers of a topic must use the same one, for ever: an id whose producer
   * was fenced by a claim under another id cannot claim again.
   */
  readonly prefix: string;
  /** How long the brokers remember a producer, in milliseconds. */
  readonly producerExpiration: () => Promise<number>;
}

const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';

/** Chooses when records that were fetched are decoded, which takes more time of the process than all else. */
export type Decoding = (decode: () => Promise<ReadableEvents>) => Promise<ReadableEvents>;

const atOnce: Decoding = (decode) => decode();

/** The log in Kafka. Calls fail within seconds while brokers are down, and succeed again once they are back. */
export class KafkaEventLog implements EventLog, LogReader<LoggedEvent> {
  readonly #tail: LogTail;

  constructor(
    private readonly protocol: KafkaProtocol,
    private readonly codec: EventCodec,
    private readonly fencing: FencingOptions,
    private readonly agreement: LogAgreement = NO_AGREEMENT,
    tailBytes?: number,
  ) {
    this.#tail = new LogTail(this, () => this.protocol.another(), systemClock, tailBytes);
  }

  /** Reads a partition as it grows, until it is closed. */
  tailReader(at: TopicPartition): TailReader {
    return this.#tail.reader(at);
  }

  /** The agreed number by which streams are distributed, whatever the topic has now. */
  async partitionCount(topic: string): Promise<number> {
    const agreed = await this.agreement.topic(topic);
    return agreed?.partitions ?? this.#orUnavailable(this.protocol.partitionCount(topic));
  }

  /**
   * Returns the topics that are usable without an operator's decision.
   * @param isNews whether something failed, so the topics must be checked now
   * @throws LogUnavailableError
   */
  async topicsInUse(topics: readonly string[], isNews = false): Promise<string[]> {
    // A topic that cannot be checked now is judged by its last check.
    if (isNews) await this.agreement.recheck().catch(() => undefined);
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

  hasGaps(at: TopicPartition): boolean {
    return this.agreement.manifest?.hasGaps(at) ?? false;
  }

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
      this.#tail,
    );
  }

  /** @throws TopicStoppedError if the topic was recreated since the last check */
  async #mustBeAgreed(topic: string, partition: number): Promise<void> {
    const agreed = await this.agreement.topic(topic);
    if (!agreed || (await this.#orUnavailable(this.protocol.topicId(topic, partition))) === agreed.topicId)
      return;
    await this.agreement.recheck();
    // An operator may have accepted it meanwhile; then the next claim succeeds.
    await this.agreement.topic(topic);
    throw new LogUnavailableError(`topic ${topic} was replaced a moment ago`);
  }

  /** @throws LogUnavailableError; EventDecodingError if the schema of the first record is not known yet */
  async fetch(from: Position, maxBytes = READ_BYTES, decoding = atOnce): Promise<EventBatch<LoggedEvent>> {
    const { topic, partition, offset: first } = from;
    await this.agreement.topic(topic);
    const begin = this.agreement.manifest?.beginOf(topic, partition) ?? 0;
    if (first < begin) return { topic, partition, first, next: begin, events: [] };
    const fetched = await this.#records(from, maxBytes);
    if (!fetched) return this.#outOfRange(from, maxBytes, decoding);
    const records = upToBytes(fetched, maxBytes);
    const data = records.filter((record) => !record.isControlRecord);
    const { events, failure } = await decoding(() => this.decodeReadable(topic, partition, data));
    const next = failure?.position.offset ?? Number(records.at(-1)?.offset ?? first - 1) + 1;
    return { topic, partition, first, next, events, ...obstacleOf(failure, next > first) };
  }

  /**
   * Like {@link fetch}, for a reader that passes over what it cannot read, and names it.
   * @param isWanted the records of other event types are not decoded
   * @throws LogUnavailableError, also if records from there on are gone
   */
  async scan(from: Position, isWanted?: (eventType: string) => boolean): Promise<ScannedBatch<LoggedEvent>> {
    const { topic, partition, offset: first } = from;
    await this.agreement.topic(topic);
    const { manifest } = this.agreement;
    const begin = manifest?.beginOf(topic, partition) ?? 0;
    if (first < begin) return { topic, partition, first, next: begin, events: [], rejected: [] };
    const fetched = await this.#records(from, READ_BYTES);
    if (!fetched) throw new LogUnavailableError(`the log does not have ${formatPosition(from)}`);
    const records = upToBytes(fetched, READ_BYTES);
    const isPassed = (position: Position): boolean => manifest?.isPassed(position) ?? false;
    const found = await scanRecords(this.codec, { topic, partition }, records, { isWanted, isPassed });
    const next = Number(records.at(-1)?.offset ?? first - 1) + 1;
    return { topic, partition, first, next, ...found };
  }

  /** Differs for a topic that was made anew under the same name. @throws LogUnavailableError */
  topicId(topic: string): Promise<string> {
    return this.#orUnavailable(this.protocol.topicId(topic));
  }

  /** @returns `undefined` if the offset is out of range */
  async #records(
    { topic, partition, offset }: Position,
    maxBytes: number,
  ): Promise<FetchedRecord[] | undefined> {
    try {
      return await this.protocol.fetch(topic, partition, offset, maxBytes);
    } catch (error) {
      const { type, message } = error as { type?: string; message: string };
      if (type === OUT_OF_RANGE) return undefined;
      await this.#recheckIfGone(error);
      throw new LogUnavailableError(`Kafka: ${message}`, { cause: error });
    }
  }

  async #outOfRange(from: Position, maxBytes: number, decoding: Decoding): Promise<EventBatch<LoggedEvent>> {
    const { topic, partition, offset: first } = from;
    const begin = await this.#orUnavailable(this.protocol.startOffset(topic, partition));
    // Under a new leader the end may briefly lie before `first`; the beginning never moves back.
    if (first >= begin) {
      // A recreated topic looks the same.
      await this.agreement.recheck().catch(() => undefined);
      throw new LogUnavailableError(`${formatPosition(from)} is past the end of the log: records are gone`);
    }
    if ((await this.agreement.refreshed()).beginOf(topic, partition) > first)
      return this.fetch(from, maxBytes, decoding);
    const failure = new EventDecodingError(from, `the records up to ${begin} are gone`, { fault: 'gone' });
    this.agreement.met(failure);
    return { topic, partition, first, next: first, events: [], ...obstacleOf(failure, false) };
  }

  endOffsets(topics: readonly string[]): Promise<Position[]> {
    return this.#positions(topics, (topic) => this.protocol.endOffsets(topic));
  }

  startOffsets(topics: readonly string[]): Promise<Position[]> {
    return this.#positions(topics, (topic) => this.protocol.startOffsets(topic));
  }

  async offsetsForTime(topics: readonly string[], timestampMs: number): Promise<Position[]> {
    // Reads the ends first, or events appended in between would be missed.
    const ends = await this.endOffsets(topics);
    // Kafka gives negative times a special meaning: -1 is the end of the log.
    const time = Math.max(0, timestampMs);
    const found = await this.#positions(topics, (topic) => this.protocol.offsetsAt(topic, time));
    const offsets = new Map(found.map((position) => [topicPartitionKey(position), position.offset]));
    return ends.map((end) => {
      const offset = offsets.get(topicPartitionKey(end)) ?? -1;
      return offset < 0 ? end : { ...end, offset };
    });
  }

  async #positions(
    topics: readonly string[],
    ask: (topic: string) => Promise<readonly { partition: number; offset: number }[]>,
  ): Promise<Position[]> {
    const found = topics.map(async (topic) =>
      (await this.#orUnavailable(ask(topic))).map((place) => ({ topic, ...place })),
    );
    return (await Promise.all(found)).flat();
  }

  /**
   * Decodes a partition's records up to the first unreadable product record. Skips foreign records and positions that an
   * operator has accepted as lost.
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
        .map(({ key, value, offset, marks }) => ({
          topic,
          partition,
          offset: Number(offset),
          key,
          value,
          marks: marks ?? NO_MARKS,
        }))
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
      await this.#recheckIfGone(error);
      throw new LogUnavailableError(`Kafka: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Checks the topic at once if it no longer exists, so that its commands and readers stop. */
  async #recheckIfGone(error: unknown): Promise<void> {
    if ((error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION')
      await this.agreement.recheck().catch(() => undefined);
  }
}

/** Cuts records at the limit, because brokers return whole batches. Keeps at least one. */
function upToBytes<Record extends Pick<EventRecord, 'value'>>(
  records: readonly Record[],
  maxBytes: number,
): readonly Record[] {
  let left = maxBytes;
  const end = records.findIndex(({ value }) => (left -= value?.length ?? 0) < 0);
  return end < 0 ? records : records.slice(0, Math.max(1, end));
}

/** @throws the failure, if it may heal and no events precede it */
function obstacleOf(
  failure: EventDecodingError | undefined,
  isBehindEvents: boolean,
): Pick<EventBatch, 'isGone' | 'unreadable'> {
  if (!failure) return {};
  if (!failure.mayHeal)
    return { unreadable: failure.message, ...(failure.fault === 'gone' && { isGone: true }) };
  if (!isBehindEvents) throw failure;
  return {};
}
