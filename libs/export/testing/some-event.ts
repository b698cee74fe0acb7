import fc from 'fast-check';
import type { AvroSchema, EventContract } from '#libs/contracts';
import type { EventMetadata } from '#libs/kernel';

// Every code point, and texts around the length up to which DuckDB keeps them in place.
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 11, maxLength: 14 }),
);
const time = fc
  .date({ noInvalidDate: true, min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') })
  .map((date) => date.toISOString());

const LEAVES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.oneof(fc.maxSafeInteger(), fc.integer()),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  uuid: fc.uuid(),
  'timestamp-millis': time,
};

/** Any value that the schema allows, as decoded events have it. */
export function anyValue(
  schema: AvroSchema,
  named = new Map<string, fc.Arbitrary<unknown>>(),
): fc.Arbitrary<unknown> {
  if (schema === 'null') return fc.constant(null);
  if (typeof schema === 'string') {
    const found = LEAVES[schema] ?? named.get(schema);
    if (!found) throw new Error(`nothing makes values of ${schema}`);
    return found;
  }
  if (Array.isArray(schema)) return fc.oneof(...schema.map((branch: AvroSchema) => anyValue(branch, named)));
  const part = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  if ('fields' in part) {
    const fields = part.fields.map(
      ({ name, dataName = name, type }) => [dataName, anyValue(type, named)] as const,
    );
    const record = fc.record(Object.fromEntries(fields), { noNullPrototype: true });
    named.set(part.name, record);
    return record;
  }
  if ('items' in part) return fc.array(anyValue(part.items, named), { maxLength: 4 });
  if ('values' in part)
    return fc.dictionary(text, anyValue(part.values, named), { maxKeys: 4, noNullPrototype: true });
  if ('symbols' in part) return fc.constantFrom(...part.symbols);
  return LEAVES[part.logicalType ?? ''] ?? anyValue(part.type, named);
}

export interface SomeEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: EventMetadata;
}

/** Any event of a type. */
export function anyEvent({ eventType, schema }: EventContract): fc.Arbitrary<SomeEvent> {
  const data = { ...schema, fields: schema.fields.filter(({ name }) => name !== 'metadata') };
  const metadata = schema.fields.find(({ name }) => name === 'metadata')?.type ?? 'null';
  return fc.record({
    type: fc.constant(eventType),
    data: anyValue(data) as fc.Arbitrary<SomeEvent['data']>,
    metadata: anyValue(metadata) as fc.Arbitrary<EventMetadata>,
  });
}
