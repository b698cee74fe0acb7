import avro, { type ForSchemaOptions, type Schema } from 'avsc';
import {
  type AvroSchema,
  type FieldSchema,
  fullNameOf,
  isArray,
  isMap,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from './avro-schema.js';

/**
 * avsc's types, with two corrections: they refuse values that avsc would change silently, and corrupt bytes that would
 * keep it busy for hours. They override internal methods of avsc, whose version is therefore pinned.
 */

/** avsc's read and write position. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
  readString(): string;
  skipLong(): void;
}

type MisfitHook = (value: unknown, type: avro.Type) => void;

interface InnerType {
  _check(value: unknown, flags?: unknown, hook?: MisfitHook, path?: string[]): boolean;
  _read(tap: Tap): unknown;
}
const inner = (type: avro.Type): InnerType => type as unknown as InnerType;

/** Below this, a zigzag number is below 2^53, so avsc's arithmetic with doubles is exact. */
const EXACT_IN_DOUBLES = 2 ** 52;

/** `long` for all safe integers. avsc changes some below -2^52. */
class ExactLong extends avro.types.LongType {
  _check(value: unknown, _flags?: unknown, hook?: MisfitHook): boolean {
    if (Number.isSafeInteger(value)) return true;
    hook?.(value, this);
    return false;
  }

  _write(tap: Tap, value: number): void {
    if (Math.abs(value) < EXACT_IN_DOUBLES) {
      tap.writeLong(value);
      return;
    }
    let rest = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
    for (; rest > 127n; rest >>= 7n) tap.buf[tap.pos++] = Number(rest & 127n) | 128;
    tap.buf[tap.pos++] = Number(rest);
  }

  _read(tap: Tap): number {
    const start = tap.pos;
    const value = tap.readLong();
    return Math.abs(value) < EXACT_IN_DOUBLES ? value : readExactly(tap.buf.subarray(start, tap.pos));
  }
}

function readExactly(varint: Buffer): number {
  let zigzag = 0n;
  for (const byte of varint.toReversed()) zigzag = (zigzag << 7n) | BigInt(byte & 127);
  const value = zigzag & 1n ? -(zigzag + 1n) / 2n : zigzag / 2n;
  if (!Number.isSafeInteger(Number(value))) throw new Error('a long that a number cannot hold exactly');
  return Number(value);
}

/** UTF-8 cannot encode unpaired surrogates: writing one would replace it by another character. */
const isWellFormed = (text: string): boolean => (text as Es2024String).isWellFormed();
type Es2024String = string & { isWellFormed(): boolean };

/** `string` without unpaired surrogates. */
class WellFormedString extends avro.types.StringType {
  _check(value: unknown, _flags?: unknown, hook?: MisfitHook): boolean {
    if (typeof value === 'string' && isWellFormed(value)) return true;
    hook?.(value, this);
    return false;
  }
}

/** `array` that refuses a length beyond its bytes. */
class BoundedArray extends avro.types.ArrayType {
  // A resolver borrows this method with its own item types, so use nothing else of `this`.
  _read(tap: Tap): unknown[] {
    const items: unknown[] = [];
    const type = inner(this.itemsType);
    for (let size = readBlockSize(tap); size > 0; size = readBlockSize(tap)) {
      while (size-- > 0) items.push(type._read(tap));
    }
    return items;
  }
}

/** `map` with the same bound and well-formed keys, in which `__proto__` is an ordinary key. */
class BoundedMap extends avro.types.MapType {
  _check(value: unknown, flags?: unknown, hook?: MisfitHook, path?: string[]): boolean {
    if (typeof value !== 'object' || value === null || Object.keys(value).every(isWellFormed)) {
      return inner(avro.types.MapType.prototype)._check.call(this, value, flags, hook, path);
    }
    hook?.(value, this);
    return false;
  }

  _read(tap: Tap): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const type = inner(this.valuesType as avro.Type);
    for (let size = readBlockSize(tap); size > 0; size = readBlockSize(tap)) {
      while (size-- > 0) {
        const key = tap.readString();
        const value = type._read(tap);
        if (key === '__proto__') Object.defineProperty(map, key, { value, ...ORDINARY });
        else map[key] = value;
      }
    }
    return map;
  }
}

const ORDINARY = { enumerable: true, configurable: true, writable: true };

/** Number of elements in the next block of an array or map; 0 at the end. Each element takes at least one byte. */
function readBlockSize(tap: Tap): number {
  let size = tap.readLong();
  if (size < 0) {
    // A negative size is followed by the length in bytes.
    size = -size;
    tap.skipLong();
  }
  if (size > tap.buf.length - tap.pos) throw new Error('an array or a map longer than its bytes');
  return size;
}

/** `timestamp-millis` as RFC 3339 in UTC with milliseconds, such as `2026-01-31T12:00:00.000Z`. */
class TimestampMillis extends avro.types.LogicalType {
  // Cached, because events of one command share their time and parsing is slow.
  #text = '';
  #time = 0;

  protected override _toValue(text: unknown): number | undefined {
    if (typeof text !== 'string') return undefined;
    if (text !== this.#text) {
      const time = Date.parse(text);
      // Another spelling would not come back as it was written.
      if (Number.isNaN(time) || new Date(time).toISOString() !== text) return undefined;
      this.#text = text;
      this.#time = time;
    }
    return this.#time;
  }

  protected override _fromValue(time: number): string {
    if (time !== this.#time || this.#text === '') {
      this.#text = new Date(time).toISOString();
      this.#time = time;
    }
    return this.#text;
  }

  protected override _resolve(writer: avro.Type): ((time: number) => string) | undefined {
    return avro.Type.isType(writer, 'long', 'int') ? (time) => this._fromValue(time) : undefined;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `uuid`. Other readers parse it, so nothing else may be written. */
class Uuid extends avro.types.LogicalType {
  protected override _toValue(text: unknown): string | undefined {
    return typeof text === 'string' && UUID.test(text) ? text : undefined;
  }

  // Values in the log are not checked again.
  protected override _fromValue(text: string): string {
    return text;
  }

  protected override _resolve(writer: avro.Type): ((text: string) => string) | undefined {
    return avro.Type.isType(writer, 'string') ? (text) => text : undefined;
  }
}

const EXACT_LONG = new ExactLong();
const WELL_FORMED_STRING = new WellFormedString();
const LOGICAL_TYPES = { 'timestamp-millis': TimestampMillis, uuid: Uuid };

/** The type that decodes into the current form of the data. */
export const readerType = (schema: object): avro.Type => typeOf(schema, LOGICAL_TYPES);

/** The type that encodes. It has no defaults, which would hide that an event lacks a field. */
export const writerType = (schema: RecordSchema): avro.Type =>
  typeOf(withoutDefaults(schema) as RecordSchema, LOGICAL_TYPES);

/** The type the bytes were written with, for a reader's resolver. */
export const writtenType = (schema: object): avro.Type => typeOf(schema, {});

type LogicalTypes = Partial<Record<string, typeof TimestampMillis | typeof Uuid>>;

function typeOf(schema: object, logicalTypes: LogicalTypes): avro.Type {
  const type = avro.Type.forSchema(schema as Schema, {
    wrapUnions: 'never',
    omitRecordMethods: true,
    // avsc's own options never see a primitive inside a union, array or map; a hook does.
    typeHook: (part, options) => exactType(part as AvroSchema, options, logicalTypes),
  });
  makePlain(type);
  return type;
}

function exactType(
  schema: AvroSchema,
  options: Partial<ForSchemaOptions>,
  logicalTypes: LogicalTypes,
): avro.Type | undefined {
  if (typeof schema === 'string') return primitiveOf(schema);
  if (isUnion(schema) || isRecord(schema)) return undefined;
  if (isArray(schema)) return new BoundedArray(schema as Schema, options);
  if (isMap(schema)) return new BoundedMap(schema as Schema, options);
  const Logical = 'logicalType' in schema ? logicalTypes[schema.logicalType ?? ''] : undefined;
  // A logical type asks for its base type with the same schema, and must not get itself.
  return Logical
    ? new Logical(schema as Schema, { ...options, typeHook: () => primitiveOf(schema.type) })
    : primitiveOf(schema.type);
}

function primitiveOf(name: string): avro.Type | undefined {
  if (name === 'long') return EXACT_LONG;
  return name === 'string' ? WELL_FORMED_STRING : undefined;
}

/** avsc makes a class for each record. This makes decoded records plain objects, equal to those encoded. */
function makePlain(type: avro.Type, seen = new Set<avro.Type>()): void {
  if (seen.has(type)) return;
  seen.add(type);
  if (type instanceof avro.types.RecordType) {
    (type.recordConstructor as { prototype: object }).prototype = Object.prototype;
    for (const field of type.fields) makePlain(field.type, seen);
  } else if (type instanceof avro.types.ArrayType) {
    makePlain(type.itemsType, seen);
  } else if (type instanceof avro.types.MapType) {
    makePlain(type.valuesType as avro.Type, seen);
  } else if (type instanceof avro.types.UnwrappedUnionType) {
    for (const branch of type.types) makePlain(branch, seen);
  }
}

function withoutDefaults(schema: AvroSchema): AvroSchema {
  if (typeof schema === 'string') return schema;
  if (isUnion(schema)) return schema.map(withoutDefaults);
  if (isArray(schema)) return { ...schema, items: withoutDefaults(schema.items) };
  if (isMap(schema)) return { ...schema, values: withoutDefaults(schema.values) };
  if (!isRecord(schema)) return schema;
  const fields = schema.fields.map(({ default: _, ...field }) => ({
    ...field,
    type: withoutDefaults(field.type),
  }));
  return { ...schema, fields };
}

/** Thrown for a field that the schema does not have: writing the event without it would lose it for ever. */
export class UndeclaredFieldError extends Error {
  constructor(readonly field: string) {
    super(`field ${field} is not in the schema`);
  }
}

/** Between an event's data, with our names, and the fields of its record, with Avro's. */
interface FieldNames {
  /** @throws {@link UndeclaredFieldError} */
  toAvro(data: object): Record<string, unknown>;
  toData(record: object): Record<string, unknown>;
}

/** The event's own metadata go beside its data, not into it. */
export function fieldNamesOf(schema: RecordSchema): FieldNames {
  const data = { ...schema, fields: schema.fields.filter(({ name }) => name !== METADATA_FIELD) };
  const toAvro = new Renamer(dataName, avroName).record(data);
  const toData = new Renamer(avroName, dataName).record(data);
  return {
    toAvro,
    toData: (record) => {
      const { [METADATA_FIELD]: _, ...fields } = record as Record<string, unknown>;
      return toData(fields);
    },
  };
}

type Naming = (field: FieldSchema) => string;
const avroName: Naming = ({ name }) => name;
const dataName: Naming = ({ name, dataName: other }) => other ?? name;

/** How a value changes on its way; `undefined` where it and all below it stay as they are. */
type Renaming = ((value: unknown) => unknown) | undefined;

/** Works out once, from the schema, what must be renamed where. */
class Renamer {
  readonly #records = new Map<string, Renaming>();

  constructor(
    private readonly from: Naming,
    private readonly to: Naming,
  ) {}

  record({ fields }: RecordSchema): (record: object) => Record<string, unknown> {
    const targets = new Map(
      fields.map((field) => [this.from(field), { name: this.to(field), renaming: this.any(field.type) }]),
    );
    return (record) => {
      const renamed: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(record)) {
        const target = targets.get(key);
        if (!target) throw new UndeclaredFieldError(key);
        renamed[target.name] = target.renaming ? target.renaming(value) : value;
      }
      return renamed;
    };
  }

  private any(schema: AvroSchema): Renaming {
    // A name that stands for a record that came before; primitives are not among them.
    if (typeof schema === 'string') return this.#records.get(schema);
    if (isUnion(schema)) return this.union(schema);
    if (isRecord(schema)) {
      const renaming = this.nestedRecord(schema);
      this.#records.set(schema.name, renaming).set(fullNameOf(schema), renaming);
      return renaming;
    }
    if (isArray(schema)) {
      const rename = this.any(schema.items);
      return rename && ((value) => (Array.isArray(value) ? value.map(rename) : value));
    }
    if (isMap(schema)) {
      const rename = this.any(schema.values);
      return rename && ((value) => (isObject(value) ? mapValues(value, rename) : value));
    }
    return undefined;
  }

  private nestedRecord(schema: RecordSchema): Renaming {
    const rename = this.record(schema);
    const changes = schema.fields.some((field) => field.dataName !== undefined || this.any(field.type));
    return changes ? (value) => (isObject(value) ? rename(value) : value) : undefined;
  }

  /** A union with a renaming branch may only add null. Otherwise the value would not show which branch it belongs to. */
  private union(branches: readonly AvroSchema[]): Renaming {
    const renamings = branches.filter((branch) => branch !== 'null').map((branch) => this.any(branch));
    if (renamings.length > 1 && renamings.some(Boolean)) {
      throw new Error('dataName in a union of more than null and one record is not supported');
    }
    return renamings[0];
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (map: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
