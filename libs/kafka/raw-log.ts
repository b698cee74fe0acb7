import {
  type EventCodec,
  isFenceRecord,
  isForeign,
  type LoggedEvent,
  type RecordToDecode,
} from '#libs/contracts';
import { LogUnavailableError, type Position, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import pLimit from 'p-limit';
import type { FetchedRecord } from './protocol/fetch-answer.js';
import type { KafkaProtocol } from './protocol/kafka-protocol.js';
import type { WholeRecord } from './protocol/whole-record.js';

/** Fetches at once in a process. Each may bring a whole batch, which has 8 MB at most. */
const FETCHES = 4;
/** Of a fetch for single events. Brokers add at least one whole batch. */
const EVENT_BYTES = 32_768;

const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';
const MISSING = 'UNKNOWN_TOPIC_OR_PARTITION';

export interface PartitionRange extends TopicPartition {
  /** The first offset that the log still has. */
  readonly start: number;
  /** The offset of the next record. */
  readonly end: number;
}

/** Records that were fetched together, from one offset on. */
interface Chunk {
  readonly first: number;
  readonly records: readonly FetchedRecord[];
}

/**
 * The log as people look at it: any record by its position, whether it can be read or not, over connections of their own, so
 * that nobody who looks delays a writer. All methods reject with a LogUnavailableError while the log does not answer.
 */
export class RawLog {
  readonly #fetches = pLimit(FETCHES);
  #protocol: KafkaProtocol | undefined;

  constructor(
    private readonly connect: () => KafkaProtocol,
    private readonly codec: EventCodec,
  ) {}

  /** The partitions of a topic; `undefined` if there is no such topic. */
  async ranges(topic: string): Promise<readonly PartitionRange[] | undefined> {
    try {
      const [starts, ends] = await Promise.all([
        this.#connection.startOffsets(topic),
        this.#connection.endOffsets(topic),
      ]);
      const first = new Map(starts.map(({ partition, offset }) => [partition, offset]));
      return ends
        .map(({ partition, offset: end }) => ({ topic, partition, start: first.get(partition) ?? 0, end }))
        .toSorted((a, b) => a.partition - b.partition);
    } catch (error) {
      if ((error as { type?: string }).type === MISSING) return undefined;
      throw unavailable(error);
    }
  }

  /** The first offset in a partition that was appended at a time or later; its end if there is none. */
  async offsetAt({ topic, partition, end }: PartitionRange, timeMs: number): Promise<number> {
    const found = await this.#ask((protocol) => protocol.offsetsAt(topic, Math.max(0, timeMs)));
    const offset = found.find((each) => each.partition === partition)?.offset ?? -1;
    return offset < 0 ? end : offset;
  }

  /**
   * Records from an offset on, about `maxBytes` of them, with times and headers; none at the end of the partition.
   * @returns `undefined` if the log does not have the offset
   */
  async records(from: Position, maxBytes: number): Promise<WholeRecord[] | undefined> {
    return this.#inRange(() => this.#connection.fetchWhole(from, maxBytes));
  }

  /**
   * The events at these positions, and those that the same command appended behind them. Positions without a readable event
   * are left out. Positions near each other share a fetch.
   */
  async events(positions: readonly Position[]): Promise<LoggedEvent[]> {
    const partitions = groupBy(positions, topicPartitionKey);
    const found = [...partitions.values()].map((places) => this.#eventsOfPartition(places));
    return (await Promise.all(found)).flat();
  }

  async close(): Promise<void> {
    await this.#protocol?.disconnect().catch(() => undefined);
  }

  /** Decodes a record; its error, if it is no readable event. `undefined` for what the product did not append as an event. */
  async decode(at: TopicPartition, record: WholeRecord): Promise<LoggedEvent | Error | undefined> {
    if (record.isControlRecord || isFenceRecord(record) || isForeign(at.topic, record.marks))
      return undefined;
    const { topic, partition } = at;
    const { offset, key, value, marks } = record;
    return this.#decode({ topic, partition, offset, key, value, marks });
  }

  async #eventsOfPartition(places: readonly Position[]): Promise<LoggedEvent[]> {
    const events = new Map<number, LoggedEvent>();
    let chunk: Chunk | undefined;
    for (const place of places.toSorted((a, b) => a.offset - b.offset)) {
      if (!chunk || !covers(chunk, place.offset)) chunk = await this.#chunk(place);
      let commandId: string | undefined;
      for (const record of chunk.records.filter(({ offset }) => Number(offset) >= place.offset)) {
        const event = events.get(Number(record.offset)) ?? (await this.#eventOf(place, record));
        if (!event) break;
        commandId ??= event.metadata.commandId;
        if (event.metadata.commandId !== commandId) break;
        events.set(event.position.offset, event);
      }
    }
    return [...events.values()];
  }

  async #chunk(from: Position): Promise<Chunk> {
    const { topic, partition, offset } = from;
    const records = await this.#inRange(() => this.#connection.fetch(topic, partition, offset, EVENT_BYTES));
    return { first: offset, records: records ?? [] };
  }

  async #eventOf(
    { topic, partition }: TopicPartition,
    record: FetchedRecord,
  ): Promise<LoggedEvent | undefined> {
    const { key, value, marks = { source: undefined, type: undefined }, isControlRecord } = record;
    if (isControlRecord || isFenceRecord({ key, value })) return undefined;
    if (isForeign(topic, marks)) return undefined;
    const event = await this.#decode({ topic, partition, offset: Number(record.offset), key, value, marks });
    return event instanceof Error ? undefined : event;
  }

  async #decode(record: RecordToDecode): Promise<LoggedEvent | Error> {
    try {
      const { events, failure } = await this.codec.decodeReadable([record]);
      return events[0] ?? failure ?? new Error('no event');
    } catch (error) {
      throw unavailable(error);
    }
  }

  #inRange<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
    return this.#fetches(async () => {
      try {
        return await ask();
      } catch (error) {
        const { type } = error as { type?: string };
        if (type === OUT_OF_RANGE || type === MISSING) return undefined;
        throw unavailable(error);
      }
    });
  }

  async #ask<Answer>(ask: (protocol: KafkaProtocol) => Promise<Answer>): Promise<Answer> {
    try {
      return await ask(this.#connection);
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Opened on first use. */
  get #connection(): KafkaProtocol {
    return (this.#protocol ??= this.connect());
  }
}

const covers = ({ first, records }: Chunk, offset: number): boolean =>
  offset >= first && offset <= Number(records.at(-1)?.offset ?? -1);

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

const unavailable = (error: unknown): LogUnavailableError =>
  error instanceof LogUnavailableError
    ? error
    : new LogUnavailableError(`Kafka: ${(error as Error).message}`, { cause: error });
