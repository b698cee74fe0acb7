import type avro from 'avsc';
import fc from 'fast-check';
import { readSchemaTexts, schemaFolder } from '#libs/kafka';
import { itForAll } from '#libs/kernel/testing';
import {
  type AvroSchema,
  fullNameOf,
  isArray,
  isEnum,
  isMap,
  isRecord,
  isUnion,
  type RecordSchema,
} from '../avro-schema.js';
import { writtenType } from '../avro-types.js';
import { EventCodec } from '../event-codec.js';
import { EVENT_CONTRACTS } from '../generated/catalogue.js';
import { checkedSchemas } from './checked-schemas.js';

type Value = Readonly<Record<string, unknown>>;

/** The last time that JavaScript knows, in milliseconds. */
const LAST_TIME = 8_640_000_000_000_000;

/** Everything that a schema allows, as plain Avro has it: a time is a number. */
function valuesOf(schema: RecordSchema): fc.Arbitrary<Value> {
  const named = new Map<string, RecordSchema>();
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const recordOf = (record: RecordSchema): fc.Arbitrary<Value> => {
    named.set(record.name, record).set(fullNameOf(record), record);
    const fields = record.fields.map(({ name, type }) => [name, anyOf(type)] as const);
    return fc.record(Object.fromEntries(fields), { noNullPrototype: true });
  };
  const anyOf = (type: AvroSchema): fc.Arbitrary<unknown> => {
    if (isUnion(type)) return fc.oneof(...type.map(anyOf));
    if (isArray(type)) return fc.array(anyOf(type.items), { maxLength: 3 });
    if (isMap(type)) return fc.dictionary(text, anyOf(type.values), { maxKeys: 3, noNullPrototype: true });
    if (isRecord(type)) return recordOf(type);
    if (isEnum(type)) return fc.constantFrom(...type.symbols);
    const { type: base, logicalType } = typeof type === 'string' ? { type, logicalType: '' } : type;
    if (logicalType === 'uuid') return fc.uuid();
    if (logicalType === 'timestamp-millis') return fc.integer({ min: -LAST_TIME, max: LAST_TIME });
    const record = named.get(base);
    return record ? recordOf(record) : (primitives[base] ?? fc.constant(null));
  };
  const primitives: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    boolean: fc.boolean(),
    int: fc.integer(),
    long: fc.maxSafeInteger(),
    double: fc.double({ noNaN: true }),
    string: text,
  };
  return recordOf(schema);
}

/** What a reader must see, by the rules in words: shared fields as they were written, defaults for those that were not. */
class Expectation {
  readonly #named = [new Map<string, RecordSchema>(), new Map<string, RecordSchema>()] as const;

  record(value: Value, writer: RecordSchema, reader: RecordSchema): Value {
    for (const [index, record] of [writer, reader].entries())
      this.#named[index as 0 | 1].set(record.name, record).set(fullNameOf(record), record);
    const written = new Map(writer.fields.map((field) => [field.name, field]));
    return Object.fromEntries(
      reader.fields.map((field) => {
        const before = written.get(field.name);
        return [field.name, before ? this.any(value[field.name], before.type, field.type) : field.default];
      }),
    );
  }

  private any(value: unknown, writer: AvroSchema, reader: AvroSchema): unknown {
    if (value === null) return null;
    const [from, to] = [this.present(writer, 0), this.present(reader, 1)];
    if (isArray(from) && isArray(to))
      return (value as unknown[]).map((item) => this.any(item, from.items, to.items));
    if (isMap(from) && isMap(to))
      return Object.fromEntries(
        Object.entries(value as Value).map(([key, item]) => [key, this.any(item, from.values, to.values)]),
      );
    return isRecord(from) && isRecord(to) ? this.record(value as Value, from, to) : value;
  }

  /** The type of a value that is not null. */
  private present(type: AvroSchema, side: 0 | 1): AvroSchema {
    if (!isUnion(type)) return typeof type === 'string' ? (this.#named[side].get(type) ?? type) : type;
    const [branch, ...others] = type.filter((each) => each !== 'null');
    if (branch === undefined || others.length > 0) throw new Error('a union of more than null and one type');
    return this.present(branch, side);
  }
}

const expected = (value: Value, writer: RecordSchema, reader: RecordSchema): Value =>
  new Expectation().record(value, writer, reader);

const { releases } = checkedSchemas(readSchemaTexts(schemaFolder()));

const HEADER_BYTES = 5;
function framed(schemaId: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(schemaId, 1);
  return Buffer.concat([header, bytes]);
}

/** Plain Avro: what any client has that knows nothing of ours. */
function plainReaders(versions: readonly RecordSchema[]) {
  const types = versions.map(writtenType);
  const resolvers = new Map<string, ReturnType<avro.Type['createResolver']>>();
  const resolverOf = (reader: number, writer: number) => {
    const key = `${reader} ${writer}`;
    const resolver = resolvers.get(key) ?? types[reader]!.createResolver(types[writer]!);
    resolvers.set(key, resolver);
    return resolver;
  };
  return {
    write: (version: number, value: Value): Buffer => types[version]!.toBuffer(value),
    read: (reader: number, writer: number, bytes: Buffer): unknown =>
      asJson(types[reader]!.fromBuffer(bytes, resolverOf(reader, writer))),
  };
}
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(EVENT_CONTRACTS)('every version of $eventType', ({ eventType, subject, topic, schema }) => {
  const versions = releases.find((release) => release.subject === subject)?.versions ?? [];
  const today = versions.length;
  const plain = plainReaders(versions);
  const codec = new EventCodec({
    idOf: (asked) => (asked === subject ? today : undefined),
    schemaOf: (id) => Promise.resolve(versions[id - 1]),
  });
  const at = { topic, partition: 0, offset: 0 };
  const anyVersion = fc.nat({ max: versions.length - 1 });
  /** A value of each version. */
  const values = fc.tuple(...versions.map(valuesOf));

  it('includes the one of today', () => {
    expect(versions.at(-1)).toEqual(schema);
  });

  itForAll('is read by plain readers of every version', [values], (written) => {
    for (const [writer, value] of written.entries())
      for (const [reader, its] of versions.entries()) {
        const seen = plain.read(reader, writer, plain.write(writer, value));
        expect(seen).toEqual(asJson(expected(value, versions[writer]!, its)));
      }
  });

  itForAll('is read by the code of today, as if it had been written today', [values], async (written) => {
    for (const [writer, value] of written.entries()) {
      const old = framed(writer + 1, plain.write(writer, value));
      const now = framed(today, plain.write(today - 1, expected(value, versions[writer]!, schema)));
      const [ofOld, ofNow] = await codec.decodeBatch([
        { ...at, value: old },
        { ...at, value: now },
      ]);
      expect({ ...ofOld, value: 0 }).toEqual({ ...ofNow, value: 0 });
    }
  });

  itForAll(
    'reads what the code of today writes',
    [fc.tuple(...versions.map(valuesOf)), anyVersion],
    async (written, index) => {
      const value = framed(index + 1, plain.write(index, written[index]!));
      const [event] = await codec.decodeBatch([{ ...at, value }]);
      const { data, metadata } = event!;
      const bytes = codec.encode({ type: eventType, data, metadata }).value.subarray(HEADER_BYTES);
      const whole = plain.read(today - 1, today - 1, bytes) as Value;
      for (const [reader, its] of versions.entries())
        expect(plain.read(reader, today - 1, bytes)).toEqual(expected(whole, schema, its));
    },
  );
});
