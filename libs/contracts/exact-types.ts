import avro from 'avsc';

/**
 * avsc's types, with two corrections: they refuse values that avsc would change silently, and corrupt bytes that would
 * keep it busy for hours. They override internal methods of avsc, whose version is therefore pinned.
 */

/** avsc's read and write position. */
export interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
  readString(): string;
  skipLong(): void;
}

export type MisfitHook = (value: unknown, type: avro.Type) => void;

interface InnerType {
  _check(value: unknown, flags?: unknown, hook?: MisfitHook, path?: string[]): boolean;
  _read(tap: Tap): unknown;
}
const inner = (type: avro.Type): InnerType => type as unknown as InnerType;

/** Below this, a zigzag number is below 2^53, so avsc's arithmetic with doubles is exact. */
const EXACT_IN_DOUBLES = 2 ** 52;

/** `long` for all safe integers. avsc changes some below -2^52. */
export class ExactLong extends avro.types.LongType {
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
export class WellFormedString extends avro.types.StringType {
  _check(value: unknown, _flags?: unknown, hook?: MisfitHook): boolean {
    if (typeof value === 'string' && isWellFormed(value)) return true;
    hook?.(value, this);
    return false;
  }
}

/** `array` that refuses a length beyond its bytes. */
export class BoundedArray extends avro.types.ArrayType {
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
export class BoundedMap extends avro.types.MapType {
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
