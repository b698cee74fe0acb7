import type avro from 'avsc';
import type { EventMetadata } from '#libs/kernel';
import { METADATA_FIELD } from './avro-schema.js';
import { readerType, writerType, writtenType } from './avro-types.js';
import { EventEncodingError } from './codec-errors.js';
import type { EventContract } from './event-contract.js';
import { fieldNamesOf, UndeclaredFieldError } from './field-names.js';
import { HEADER_BYTES, writeHeader } from './wire-format.js';

export interface EventPayload<Data = unknown> {
  readonly data: Data;
  readonly metadata: EventMetadata;
}

/** Reads the Avro part of values written with one schema. */
export type PayloadReader = (value: Buffer) => EventPayload<Record<string, unknown>>;

// Most events are far smaller. It grows for a larger one.
let scratch = Buffer.allocUnsafe(16 * 1024);

/** Converts events of one type to Avro and back. */
export class EventRecordCodec {
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
