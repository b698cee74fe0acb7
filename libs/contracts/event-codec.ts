import {
  type DomainEvent,
  type EventMetadata,
  messageOf,
  Pieces,
  type Position,
  type RecordedEvent,
} from '#libs/kernel';
import { fullNameOf } from './avro-schema.js';
import { cloudEventHeaders, isForeign, type RecordMarks } from './cloud-events.js';
import { EventDecodingError, EventEncodingError } from './codec-errors.js';
import type { EventContract } from './event-contract.js';
import { EventRecordCodec, type PayloadReader } from './event-record-codec.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';
import { UPCASTERS, type Upcasters } from './upcasters.js';
import { readSchemaId } from './wire-format.js';

/** Bytes to decode before other work gets a turn: a few milliseconds. */
const PIECE_BYTES = 131_072;

export interface SchemaRegistryPort {
  /**
   * The id of a subject's current schema, from memory, because encoding never waits. `undefined` while unknown, as it may
   * be in a process that only reads.
   */
  idOf(subject: string): number | undefined;
  /** The schema with that id, if there is one now. Rejects while the registry does not answer. */
  schemaOf(id: number): Promise<object | undefined>;
}

/** An event to append to the log. */
export interface EventToEncode<Event extends DomainEvent = DomainEvent> {
  readonly type: Event['type'];
  readonly data: Event['data'];
  readonly metadata: EventMetadata;
}

/** A Kafka record without its position. */
export interface EncodedEvent {
  /** The stream id, which keeps a stream in one partition. */
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
}

export interface RecordToDecode extends Position {
  readonly value: Buffer | null;
  /** `undefined` for a record that does not come directly from the log: it was checked when it was read from there. */
  readonly marks?: RecordMarks | undefined;
  /** As for `marks`. */
  readonly key?: Buffer | null | undefined;
}

/** A recorded event with its bytes in the log. */
export interface LoggedEvent extends RecordedEvent {
  /** In Confluent wire format. A view of a larger buffer, so do not keep it. */
  readonly value: Buffer;
}

/** The result of decoding records, up to the first event that this code cannot read. */
export interface ReadableEvents {
  readonly events: readonly LoggedEvent[];
  readonly failure?: EventDecodingError;
  /** Records that something else appended. They were skipped. */
  readonly foreign: readonly Position[];
}

interface KnownSchema {
  readonly eventType: string;
  readonly read: PayloadReader;
}

interface KnownEvent {
  readonly contract: EventContract;
  readonly codec: EventRecordCodec;
  schemaId: number | undefined;
}

/** Converts events to log records and back. */
export class EventCodec {
  readonly #events = new Map<string, KnownEvent>();
  readonly #eventTypes = new Map<string, string>();
  readonly #schemas = new Map<number, KnownSchema>();
  readonly #loading = new Map<number, Promise<object | undefined>>();

  constructor(
    private readonly registry: SchemaRegistryPort,
    private readonly upcasters: Upcasters = UPCASTERS,
    contracts: readonly EventContract[] = EVENT_CONTRACTS,
  ) {
    for (const contract of contracts) {
      const { eventType, recordName, subject } = contract;
      const codec = new EventRecordCodec(contract);
      const schemaId = registry.idOf(subject);
      this.#events.set(eventType, { contract, codec, schemaId });
      this.#eventTypes.set(recordName, eventType);
      if (schemaId !== undefined) this.#schemas.set(schemaId, { eventType, read: codec.currentReader() });
    }
  }

  /** @throws {@link EventEncodingError} if the schema cannot represent exactly this event */
  encode({ type, data, metadata }: EventToEncode): EncodedEvent {
    const event = this.#events.get(type);
    if (!event) throw new EventEncodingError(type, [], 'is not in the catalogue of events');
    const { codec, contract } = event;
    const schemaId = (event.schemaId ??= this.registry.idOf(contract.subject));
    if (schemaId === undefined)
      throw new EventEncodingError(type, [], `has no schema id: ${contract.subject}`);
    return {
      key: Buffer.from(metadata.streamId),
      value: codec.write({ data, metadata }, schemaId),
      headers: cloudEventHeaders(contract.topic, type, metadata),
    };
  }

  /** Decodes records in order. Asks the registry for schemas it does not know. */
  async decodeBatch(records: readonly RecordToDecode[]): Promise<LoggedEvent[]> {
    const { events, failure } = await this.decodeReadable(records);
    if (failure) throw failure;
    return [...events];
  }

  /**
   * Like {@link decodeBatch}, but stops at the first event that cannot be read. Rejects while the registry does not answer.
   */
  async decodeReadable(records: readonly RecordToDecode[]): Promise<ReadableEvents> {
    const events: LoggedEvent[] = [];
    const foreign: Position[] = [];
    const pieces = new Pieces(PIECE_BYTES);
    try {
      for (const record of records) {
        const turn = pieces.before(record.value?.length ?? 0);
        if (turn) await turn;
        const { topic, partition, offset } = record;
        if (record.marks && isForeign(topic, record.marks)) {
          foreign.push({ topic, partition, offset });
          continue;
        }
        const id = readSchemaId(record.value);
        if (id !== undefined && !this.#schemas.has(id)) await this.learn(id, record);
        events.push(this.decode(record));
      }
    } catch (error) {
      if (!(error instanceof EventDecodingError)) throw error;
      return { events, failure: error, foreign };
    }
    return { events, foreign };
  }

  /**
   * Decodes one record with a known schema: a current one, or one that {@link decodeBatch} has loaded.
   * @throws {@link EventDecodingError}
   */
  decode(record: RecordToDecode): LoggedEvent {
    const { value, topic, partition, offset, marks, key } = record;
    const position = { topic, partition, offset };
    const id = readSchemaId(value);
    if (value === null || id === undefined)
      throw new EventDecodingError(position, 'not in Confluent wire format');
    const schema = this.#schemas.get(id);
    if (!schema) throw new EventDecodingError(position, `schema ${id} has not been loaded`);
    const { eventType: type, read } = schema;
    if (marks && marks.type !== type) {
      // The registry may have been wrong, so ask it again next time.
      this.#schemas.delete(id);
      throw new EventDecodingError(
        position,
        `its header says ${marks.type}, its schema ${id} is of ${type}`,
        {
          fault: 'schema',
        },
      );
    }
    let event: LoggedEvent;
    try {
      const { data, metadata } = read(value);
      const upcast = this.upcasters[type];
      event = { type, data: upcast ? upcast(data) : data, metadata, position, value };
    } catch (cause) {
      throw new EventDecodingError(position, `not a valid ${type}: ${messageOf(cause)}`, { cause });
    }
    if (key !== undefined && key?.toString() !== event.metadata.streamId)
      throw new EventDecodingError(position, 'its key is not the id of its stream');
    return event;
  }

  private async learn(id: number, record: RecordToDecode): Promise<void> {
    const schema = await this.fetchOnce(id);
    const { topic, partition, offset } = record;
    const refuse = (problem: string, options?: ErrorOptions): never => {
      throw new EventDecodingError({ topic, partition, offset }, `schema ${id} ${problem}`, {
        fault: 'schema',
        ...options,
      });
    };
    if (schema === undefined) return refuse('is not known');
    const name = fullNameOf(schema as { name: string });
    const eventType = this.#eventTypes.get(name);
    const event = eventType === undefined ? undefined : this.#events.get(eventType);
    if (eventType === undefined || event === undefined) return refuse(`is of ${name}, which is no event`);
    try {
      const isCurrent = JSON.stringify(schema) === JSON.stringify(event.contract.schema);
      const read = isCurrent ? event.codec.currentReader() : event.codec.readerFor(schema);
      this.#schemas.set(id, { eventType, read });
    } catch (cause) {
      refuse(`cannot be read as today's ${eventType}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Partitions are read concurrently and may all meet a new schema: ask for it once. */
  private fetchOnce(id: number): Promise<object | undefined> {
    const running = this.#loading.get(id);
    if (running) return running;
    const loading = this.registry.schemaOf(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }
}
