import type avro from 'avsc';
import {
  type DomainEvent,
  type EventBatch,
  type EventMetadata,
  messageOf,
  Pieces,
  type Position,
  type RecordedEvent,
  type SizedEvent,
} from '#libs/kernel';
import { fullNameOf, METADATA_FIELD } from './avro-schema.js';
import { EventDecodingError, EventEncodingError } from './codec-errors.js';
import type { EventContract } from './event-contract.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';
import { cloudEventHeaders, isForeign, type RecordMarks } from './record-headers.js';
import { UPCASTERS, type Upcasters } from './upcasters.js';
import { fieldNamesOf, readerType, UndeclaredFieldError, writerType, writtenType } from './avro-types.js';

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

interface EventPayload<Data = unknown> {
  readonly data: Data;
  readonly metadata: EventMetadata;
}

/** Reads the Avro part of values written with one schema. */
type PayloadReader = (value: Buffer) => EventPayload<Record<string, unknown>>;

// Most events are far smaller. It grows for a larger one.
let scratch = Buffer.allocUnsafe(16 * 1024);

/** Converts events of one type to Avro and back. */
class EventRecordCodec {
  readonly #reader;
  readonly #writer;
  readonly #names;
  readonly #eventType: string;

  constructor({ eventType, schema }: Pick<EventContract, 'eventType' | 'schema'>) {
    this.#eventType = eventType;
    this.#reader = readerType(schema);
    this.#writer = writerType(schema);
    this.#names = fieldNamesOf(schema);
  }

  /** @throws {@link EventEncodingError} if the schema cannot represent exactly this event */
  write(event: EventPayload, schemaId: number): Buffer {
    const record = this.toRecord(event);
    if (!this.#writer.isValid(record, { noUndeclaredFields: true })) throw this.misfit(record);
    let end = this.#writer.encode(record, scratch, HEADER_BYTES);
    if (end < 0) {
      // A negative end is the number of missing bytes.
      scratch = Buffer.allocUnsafe(2 * (scratch.length - end));
      end = this.#writer.encode(record, scratch, HEADER_BYTES);
    }
    writeHeader(scratch, schemaId);
    return Buffer.from(scratch.subarray(0, end));
  }

  /** @throws if data written with that schema cannot be read as the current event */
  readerFor(writerSchema: object): PayloadReader {
    const written = writtenType(writerSchema);
    return this.payloadReader(this.#reader.createResolver(written));
  }

  /** For the current schema, which most values have: no resolution needed. */
  currentReader(): PayloadReader {
    return this.payloadReader();
  }

  private payloadReader(resolver?: ReturnType<avro.Type['createResolver']>): PayloadReader {
    return (value) => {
      const record = this.#reader.fromBuffer(value.subarray(HEADER_BYTES), resolver) as Record<
        string,
        unknown
      >;
      return { data: this.#names.toData(record), metadata: record[METADATA_FIELD] as EventMetadata };
    };
  }

  private toRecord({ data, metadata }: EventPayload): Record<string, unknown> {
    if (typeof data !== 'object' || data === null) {
      throw new EventEncodingError(this.#eventType, [], 'has no data');
    }
    try {
      return { ...this.#names.toAvro(data), [METADATA_FIELD]: metadata };
    } catch (error) {
      if (!(error instanceof UndeclaredFieldError)) throw error;
      throw new EventEncodingError(this.#eventType, [error.field], 'is not in the schema');
    }
  }

  /** Checks the record again, more slowly, to find the field that does not fit. */
  private misfit(record: Record<string, unknown>): EventEncodingError {
    const misfits: EventEncodingError[] = [];
    this.#writer.isValid(record, {
      noUndeclaredFields: true,
      errorHook: (path, value: unknown, type) =>
        misfits.push(new EventEncodingError(this.#eventType, path, problemOf(value, type))),
    });
    return misfits[0] ?? new EventEncodingError(this.#eventType, [], 'does not fit its schema');
  }
}

function problemOf(value: unknown, type: avro.Type): string {
  if (value === undefined) return 'is missing';
  const fields = (type as Partial<avro.types.RecordType>).fields;
  if (fields && typeof value === 'object' && value !== null) {
    const known = new Set(fields.map(({ name }) => name));
    const undeclared = Object.keys(value).filter((key) => !known.has(key));
    return `has fields that are not in the schema: ${undeclared.join(', ')}`;
  }
  return `is not a valid ${type.typeName}`;
}

/** Confluent's wire format: a zero byte, the schema's id in four bytes, then Avro. */
const MAGIC = 0;
const HEADER_BYTES = 5;

/** Writes the header. The caller writes the Avro part after {@link HEADER_BYTES}. */
function writeHeader(buffer: Buffer, schemaId: number): void {
  buffer[0] = MAGIC;
  buffer.writeUInt32BE(schemaId, 1);
}

/** `undefined` if the value is not in this format. */
const readSchemaId = (value: Buffer | null): number | undefined =>
  value !== null && value.length > HEADER_BYTES && value[0] === MAGIC ? value.readUInt32BE(1) : undefined;

/** The measured memory of an event: its metadata, plus a multiple of the bytes of its data in the log. */
const EVENT_BYTES = 1_500;
const MEMORY_PER_LOG_BYTE = 4;

/** An event without its raw value, which would keep the whole fetched batch in memory. */
const sizedEvent = ({ value, ...event }: LoggedEvent): SizedEvent => ({
  ...event,
  bytes: EVENT_BYTES + MEMORY_PER_LOG_BYTE * value.length,
});

/** A batch for readers that keep its events. */
export const sizedBatch = (batch: EventBatch<LoggedEvent>): EventBatch<SizedEvent> => ({
  ...batch,
  events: batch.events.map(sizedEvent),
});
