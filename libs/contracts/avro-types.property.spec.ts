import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import type { RecordSchema } from './avro-schema.js';
import { readerType, writerType, writtenType } from './avro-types.js';

const recordOf = (type: RecordSchema['fields'][number]['type']): RecordSchema => ({
  type: 'record',
  name: 'Sample',
  fields: [{ name: 'value', type }],
});
const roundTrip = (schema: RecordSchema, value: unknown): unknown =>
  (readerType(schema).fromBuffer(writerType(schema).toBuffer({ value })) as { value: unknown }).value;

/** Avro's variable-length zigzag encoding, as the specification defines it. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

describe('longs', () => {
  const schema = recordOf('long');
  // The edges are where doubles lose their last bit.
  const near = (edge: bigint) => fc.bigInt({ min: -2000n, max: 2000n }).map((delta) => edge + delta);
  const long = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ...[0n, 2n ** 31n, -(2n ** 31n), 2n ** 52n, -(2n ** 52n), 2n ** 53n, -(2n ** 53n)].map(near),
  );

  itForAll('are exact or an error, never rounded', [long], { numRuns: 2_000 }, (exact) => {
    const number = Number(exact);
    const bytes = varint(exact);
    if (Number.isSafeInteger(number)) {
      expect(writerType(schema).toBuffer({ value: number })).toEqual(bytes);
      expect(readerType(schema).fromBuffer(bytes)).toEqual({ value: number });
    } else {
      expect(writerType(schema).isValid({ value: number })).toBe(false);
      expect(() => readerType(schema).fromBuffer(bytes) as unknown).toThrow('exactly');
    }
  });

  it.each([
    [{ type: 'array', items: 'long' } as const],
    [{ type: 'map', values: 'long' } as const],
    [['null', 'long'] as const],
  ])('are refused inside %j if not exact', (type) => {
    const value = Array.isArray(type) ? 2 ** 53 : 'items' in type ? [2 ** 53] : { a: 2 ** 53 };
    expect(writerType(recordOf(type)).isValid({ value })).toBe(false);
  });
});

describe('times', () => {
  const timestamp = { type: 'long', logicalType: 'timestamp-millis' };

  const time = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  itForAll(
    'read back unchanged, alone, as null and in lists',
    [time, fc.option(time), fc.array(time)],
    (one, perhaps, many) => {
      expect(roundTrip(recordOf(timestamp), one)).toBe(one);
      expect(roundTrip(recordOf(['null', timestamp]), perhaps)).toBe(perhaps);
      expect(roundTrip(recordOf({ type: 'array', items: timestamp }), many)).toEqual(many);
    },
  );

  it('are milliseconds to every other reader', () => {
    const written = writerType(recordOf(timestamp)).toBuffer({ value: '2026-01-31T12:00:00.123Z' });
    expect(writtenType(recordOf(timestamp)).fromBuffer(written)).toEqual({ value: 1_769_860_800_123 });
  });
});

describe('maps', () => {
  it('accept any key, even those of Object.prototype', () => {
    const schema = recordOf({ type: 'map', values: 'string' });
    const map = JSON.parse('{"__proto__":"a","toString":"b","":"c"}') as object;
    const decoded = roundTrip(schema, map);
    expect(Object.entries(decoded as object)).toEqual(Object.entries(map));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });

  it('are refused, as lists are, if they claim more items than their bytes can hold', () => {
    for (const type of [
      { type: 'array', items: 'string' },
      { type: 'map', values: 'string' },
    ] as const) {
      const bytes = Buffer.concat([varint(4_000_000_000n), Buffer.alloc(20)]);
      expect(() => readerType(recordOf(type)).fromBuffer(bytes) as unknown).toThrow('longer than its bytes');
    }
  });
});
