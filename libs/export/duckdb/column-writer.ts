import duckdb, { type Vector } from '@duckdb/node-bindings';
import type { ColumnType } from '../core/column-type.js';

/**
 * Gathers a column's values, and hands them to DuckDB as the vectors that it works with. The client's own `setRows` makes an
 * object of each value and takes several times as long.
 */
export interface ColumnWriter {
  /** The next value; nothing is null. */
  add(value: unknown): void;
  /** Copies all values into a vector of this type, and begins anew. */
  moveTo(vector: Vector): void;
}

export function columnWriter(type: ColumnType): ColumnWriter {
  switch (type.kind) {
    case 'list':
      return new ListWriter(columnWriter(type.items), listValues);
    case 'map':
      return new ListWriter(new EntryWriter(columnWriter(type.values)), mapEntries);
    case 'struct':
      return new StructWriter(type.fields.map((field) => ({ ...field, writer: columnWriter(field.type) })));
    case 'decimal':
      return new NumberWriter(decimalWidth(type.precision), putDecimal(decimalWidth(type.precision)));
    case 'bytes':
      return new TextWriter((value) => value as Uint8Array);
    case 'text':
      return new TextWriter((value) => value as string);
    case 'url':
      return new TextWriter((value) => (value as string).replace(/[?#].*$/s, ''));
    case 'json':
      return new TextWriter((value) => JSON.stringify(value));
    default:
      return new NumberWriter(...NUMBERS[type.kind]);
  }
}

/** Rows of a chunk, where DuckDB's vectors end. Lists of a chunk may hold more values. */
export const CHUNK_ROWS = duckdb.vector_size();

/** Which values of a vector are not null: one bit each. */
class Validity {
  #bits = new Uint8Array(CHUNK_ROWS / 8).fill(255);
  #hasNulls = false;

  setNull(index: number): void {
    const byte = index >> 3;
    while (byte >= this.#bits.length) {
      const larger = new Uint8Array(2 * this.#bits.length).fill(255);
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[byte] = (this.#bits[byte] ?? 255) & ~(1 << (index & 7));
    this.#hasNulls = true;
  }

  moveTo(vector: Vector, count: number): void {
    if (!this.#hasNulls) return;
    duckdb.vector_ensure_validity_writable(vector);
    // DuckDB keeps the bits in words of eight bytes.
    const bytes = Math.min(this.#bits.length, Math.ceil(count / 64) * 8);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#bits.buffer, 0, bytes);
    this.#bits.fill(255);
    this.#hasNulls = false;
  }
}

/** Values of a fixed number of bytes. */
class Slots {
  readonly validity = new Validity();
  bytes: Uint8Array;
  view: DataView;
  count = 0;

  constructor(readonly width: number) {
    this.bytes = new Uint8Array(CHUNK_ROWS * width);
    this.view = new DataView(this.bytes.buffer);
  }

  /** @returns where the next value's bytes go */
  next(): number {
    const at = this.count++ * this.width;
    if (at === this.bytes.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  nextIsNull(): void {
    this.next();
    this.validity.setNull(this.count - 1);
  }

  moveTo(vector: Vector): void {
    const size = this.count * this.width;
    if (size > 0) duckdb.copy_data_to_vector(vector, 0, this.bytes.buffer as ArrayBuffer, 0, size);
    this.validity.moveTo(vector, this.count);
    this.count = 0;
  }
}

type Put = (view: DataView, at: number, value: never) => void;

class NumberWriter implements ColumnWriter {
  readonly #slots: Slots;

  constructor(
    width: number,
    private readonly put: Put,
  ) {
    this.#slots = new Slots(width);
  }

  add(value: unknown): void {
    if (value === null || value === undefined) return this.#slots.nextIsNull();
    const at = this.#slots.next();
    this.put(this.#slots.view, at, value as never);
  }

  moveTo(vector: Vector): void {
    this.#slots.moveTo(vector);
  }
}

const HALF = 2 ** 32;
const MICROS = 1_000;

/** A whole number up to ±(2^53 - 1) in eight bytes, without a BigInt. */
function putLong(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / HALF);
  view.setInt32(at + 4, high, true);
  view.setUint32(at, value - high * HALF, true);
}

/** Microseconds of some years are beyond 2^53. */
function putMillis(view: DataView, at: number, text: string): void {
  const micros = Date.parse(text) * MICROS;
  if (Number.isSafeInteger(micros)) putLong(view, at, micros);
  else view.setBigInt64(at, BigInt(Date.parse(text)) * 1_000n, true);
}

const ASCII_END = 128;

/** Hexadecimal digits by character code; others are {@link NO_DIGIT}. */
const NO_DIGIT = 16;
const DIGITS = new Uint8Array(ASCII_END).fill(NO_DIGIT);
for (let digit = 0; digit < NO_DIGIT; digit++) {
  const text = digit.toString(NO_DIGIT);
  DIGITS[text.charCodeAt(0)] = digit;
  DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

const UUID_LENGTH = 36;

/** Numbers of 16 bits in a UUID's text, by where they begin. DuckDB keeps the lowest first. */
const UUID_PARTS = [32, 28, 24, 19, 14, 9, 4, 0] as const;

/** @throws if it is none: nobody has checked what is in the log */
function putUuid(view: DataView, at: number, text: string): void {
  let isUuid = text.length === UUID_LENGTH;
  for (let index = 0; isUuid && index < UUID_PARTS.length; index++) {
    const from = UUID_PARTS[index] ?? 0;
    let part = 0;
    for (let digit = from; digit < from + 4; digit++) {
      const value = DIGITS[text.charCodeAt(digit)] ?? NO_DIGIT;
      if (value === NO_DIGIT) isUuid = false;
      part = part * 16 + value;
    }
    // DuckDB flips the first bit, so that its signed numbers have the order of the texts.
    view.setUint16(at + 2 * index, from === 0 ? part ^ 0x8000 : part, true);
  }
  if (!isUuid) throw new Error('a value that is no UUID, in a field of UUIDs');
}

type NumberKind = 'boolean' | 'int' | 'date' | 'long' | 'micros' | 'millis' | 'double' | 'uuid';

const NUMBERS: Readonly<Record<NumberKind, [width: number, put: Put]>> = {
  boolean: [1, (view, at, value: boolean) => view.setUint8(at, value ? 1 : 0)],
  int: [4, (view, at, value: number) => view.setInt32(at, value, true)],
  date: [4, (view, at, value: number) => view.setInt32(at, value, true)],
  long: [8, putLong],
  micros: [8, putLong],
  millis: [8, putMillis],
  double: [8, (view, at, value: number) => view.setFloat64(at, value, true)],
  uuid: [16, putUuid],
};

/** The bytes that DuckDB keeps a decimal in. */
function decimalWidth(precision: number): 2 | 4 | 8 | 16 {
  if (precision <= 4) return 2;
  if (precision <= 9) return 4;
  return precision <= 18 ? 8 : 16;
}

/** Avro has the unscaled number in two's complement, the highest byte first; DuckDB in a fixed width, the lowest first. */
const putDecimal =
  (width: number): Put =>
  (view, at, bytes: Uint8Array) => {
    const sign = (bytes[0] ?? 0) > 127 ? 255 : 0;
    for (let index = 0; index < width; index++) view.setUint8(at + index, bytes.at(-1 - index) ?? sign);
  };

/** DuckDB keeps a text of so many bytes within the value's own sixteen. */
const INLINE = 12;
class TextWriter implements ColumnWriter {
  readonly #slots = new Slots(16);
  readonly #long: [index: number, value: string | Uint8Array][] = [];

  constructor(private readonly read: (value: unknown) => string | Uint8Array) {}

  add(value: unknown): void {
    if (value === null || value === undefined) return this.#slots.nextIsNull();
    const text = this.read(value);
    const at = this.#slots.next();
    if (typeof text !== 'string' || !putInline(this.#slots, at, text))
      this.#long.push([this.#slots.count - 1, text]);
  }

  moveTo(vector: Vector): void {
    this.#slots.moveTo(vector);
    for (const [index, text] of this.#long) {
      if (typeof text === 'string') duckdb.vector_assign_string_element(vector, index, text);
      else duckdb.vector_assign_string_element_len(vector, index, text);
    }
    this.#long.length = 0;
  }
}

/** Most texts are short and ASCII. @returns whether this one is */
function putInline({ bytes, view }: Slots, at: number, text: string): boolean {
  const { length } = text;
  if (length > INLINE) return false;
  // Zero after the text too, as DuckDB compares all twelve.
  view.setUint32(at, length, true);
  view.setUint32(at + 4, 0, true);
  view.setUint32(at + 8, 0, true);
  view.setUint32(at + 12, 0, true);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= ASCII_END) {
      // What is in these bytes until the text is assigned must be a text.
      view.setUint32(at, 0, true);
      view.setUint32(at + 4, 0, true);
      return false;
    }
    bytes[at + 4 + index] = code;
  }
  return true;
}

/** Adds a value's parts to the writer. @returns how many */
type Parts = (value: unknown, to: ColumnWriter) => number;

const listValues: Parts = (value, to) => {
  const items = value as readonly unknown[];
  for (const item of items) to.add(item);
  return items.length;
};

const mapEntries: Parts = (value, to) => {
  const entries = Object.entries(value as object);
  for (const entry of entries) to.add(entry);
  return entries.length;
};

/** Lists, and maps, which DuckDB keeps as lists of entries. */
class ListWriter implements ColumnWriter {
  readonly #slots = new Slots(16);
  #total = 0;

  constructor(
    private readonly items: ColumnWriter,
    private readonly parts: Parts,
  ) {}

  add(value: unknown): void {
    const isNull = value === null || value === undefined;
    if (isNull) this.#slots.nextIsNull();
    const at = isNull ? (this.#slots.count - 1) * 16 : this.#slots.next();
    const count = isNull ? 0 : this.parts(value, this.items);
    const { view } = this.#slots;
    putLong(view, at, this.#total);
    putLong(view, at + 8, count);
    this.#total += count;
  }

  moveTo(vector: Vector): void {
    this.#slots.moveTo(vector);
    duckdb.list_vector_reserve(vector, this.#total);
    duckdb.list_vector_set_size(vector, this.#total);
    this.items.moveTo(duckdb.list_vector_get_child(vector));
    this.#total = 0;
  }
}

/** Entries of maps. */
class EntryWriter implements ColumnWriter {
  readonly #keys = columnWriter({ kind: 'text' });

  constructor(private readonly values: ColumnWriter) {}

  add(value: unknown): void {
    const [key, mapped] = value as readonly [string, unknown];
    this.#keys.add(key);
    this.values.add(mapped);
  }

  moveTo(vector: Vector): void {
    this.#keys.moveTo(duckdb.struct_vector_get_child(vector, 0));
    this.values.moveTo(duckdb.struct_vector_get_child(vector, 1));
  }
}

interface FieldWriter {
  readonly name: string;
  readonly writer: ColumnWriter;
}

class StructWriter implements ColumnWriter {
  readonly #validity = new Validity();
  #count = 0;

  constructor(private readonly fields: readonly FieldWriter[]) {}

  add(value: unknown): void {
    const record = value as Readonly<Record<string, unknown>> | null | undefined;
    if (record === null || record === undefined) this.#validity.setNull(this.#count);
    this.#count++;
    for (const { name, writer } of this.fields) writer.add(record?.[name]);
  }

  moveTo(vector: Vector): void {
    this.fields.forEach(({ writer }, index) => writer.moveTo(duckdb.struct_vector_get_child(vector, index)));
    this.#validity.moveTo(vector, this.#count);
    this.#count = 0;
  }
}
