import { type AvroSchema, type EventContract, fullNameOf, type RecordSchema } from '#libs/contracts';
import type { RecordedEvent } from '#libs/kernel';
import type { ColumnType } from './column-type.js';

export interface EventColumn {
  readonly name: string;
  readonly type: ColumnType;
  valueOf(event: RecordedEvent): unknown;
}

/** One event type as a table. */
export interface EventTable {
  readonly eventType: string;
  /** `order_created` for `order.created`. */
  readonly name: string;
  readonly topic: string;
  readonly columns: readonly EventColumn[];
}

/** What every event has, whatever its type. */
export const COMMON_COLUMNS: readonly EventColumn[] = [
  { name: '_topic', type: { kind: 'text' }, valueOf: ({ position }) => position.topic },
  { name: '_partition', type: { kind: 'int' }, valueOf: ({ position }) => position.partition },
  { name: '_offset', type: { kind: 'long' }, valueOf: ({ position }) => position.offset },
  { name: '_time', type: { kind: 'millis' }, valueOf: ({ metadata }) => metadata.occurredAt },
  { name: 'event_id', type: { kind: 'uuid' }, valueOf: ({ metadata }) => metadata.eventId },
  { name: 'stream_id', type: { kind: 'text' }, valueOf: ({ metadata }) => metadata.streamId },
  { name: 'version', type: { kind: 'long' }, valueOf: ({ metadata }) => metadata.version },
  { name: 'tenant', type: { kind: 'text' }, valueOf: ({ metadata }) => metadata.tenant },
];

/** The name of a table, or of a view, for an event type or a topic. */
export const tableName = (name: string): string => name.replaceAll(/[^A-Za-z0-9]/g, '_');

/** DuckDB does not tell upper case from lower case in names. The folders of an export name columns too. */
const TAKEN = new Set([...COMMON_COLUMNS.map(({ name }) => name), 'event_type', 'day']);

export function eventTable({ eventType, topic, schema }: EventContract): EventTable {
  const { fields } = structOf(schema, new Map());
  const own = fields
    .filter(({ name }) => name !== METADATA)
    .map(({ dataName, type }): EventColumn => {
      const valueOf = ({ data }: RecordedEvent) => (data as Readonly<Record<string, unknown>>)[dataName];
      return { name: TAKEN.has(dataName.toLowerCase()) ? `data_${dataName}` : dataName, type, valueOf };
    });
  return { eventType, topic, name: tableName(eventType), columns: [...COMMON_COLUMNS, ...own] };
}

/** The field of every event record that {@link COMMON_COLUMNS} are taken from. */
const METADATA = 'metadata';

interface Field {
  /** In Avro. */
  readonly name: string;
  /** In decoded events. */
  readonly dataName: string;
  readonly type: ColumnType;
}

type NamedTypes = Map<string, ColumnType>;

/** Sealed and withheld fields are left out: they are never shown. */
function structOf({ fields }: RecordSchema, named: NamedTypes): { readonly fields: readonly Field[] } {
  return {
    fields: fields
      .filter(({ sealed, withheld }) => !sealed && !withheld)
      .map(({ name, dataName = name, type, queryHidden }) => {
        const columnType = columnTypeOf(type, named);
        return { name, dataName, type: queryHidden && columnType.kind === 'text' ? URL_TYPE : columnType };
      }),
  };
}

const URL_TYPE: ColumnType = { kind: 'url' };

const PRIMITIVES: Readonly<Record<string, ColumnType>> = {
  string: { kind: 'text' },
  boolean: { kind: 'boolean' },
  int: { kind: 'int' },
  long: { kind: 'long' },
  float: { kind: 'double' },
  double: { kind: 'double' },
  bytes: { kind: 'bytes' },
};

const LOGICAL_TYPES: Readonly<Record<string, ColumnType>> = {
  uuid: { kind: 'uuid' },
  'timestamp-millis': { kind: 'millis' },
  'timestamp-micros': { kind: 'micros' },
  date: { kind: 'date' },
};

/** The most digits that DuckDB has in a decimal. */
const MOST_DIGITS = 38;

/** @throws for a type that no column can hold */
export function columnTypeOf(schema: AvroSchema, named: NamedTypes = new Map()): ColumnType {
  if (typeof schema === 'string') {
    const found = PRIMITIVES[schema] ?? named.get(schema);
    if (!found) throw new Error(`no column can hold ${schema}`);
    return found;
  }
  if (isUnion(schema)) {
    const branches = schema.filter((branch) => branch !== 'null');
    const [only = 'null', ...others] = branches.map((branch) => columnTypeOf(branch, named));
    if (only === 'null') throw new Error('no column can hold nothing but null');
    if (others.length === 0) return only;
    // JSON would show the hidden fields of a record.
    if (branches.some((branch) => typeof branch === 'object'))
      throw new Error('no column can hold one record or another');
    return { kind: 'json' };
  }
  if ('fields' in schema) return recordType(schema, named);
  if ('items' in schema) return { kind: 'list', items: columnTypeOf(schema.items, named) };
  if ('values' in schema) return { kind: 'map', values: columnTypeOf(schema.values, named) };
  if ('symbols' in schema) return defined(schema, { kind: 'text' }, named);
  const { type, logicalType = '' } = schema;
  if (logicalType === 'decimal') return decimalType(schema as unknown as DecimalSchema);
  return LOGICAL_TYPES[logicalType] ?? columnTypeOf(type, named);
}

function defined(
  schema: Pick<RecordSchema, 'name' | 'namespace'>,
  type: ColumnType,
  named: NamedTypes,
): ColumnType {
  named.set(schema.name, type).set(fullNameOf(schema), type);
  return type;
}

const isUnion = (schema: AvroSchema): schema is readonly AvroSchema[] => Array.isArray(schema);

function recordType(schema: RecordSchema, named: NamedTypes): ColumnType {
  const { fields } = structOf(schema, named);
  if (fields.length === 0) throw new Error(`no column can hold ${schema.name}, which shows no field`);
  const type: ColumnType = {
    kind: 'struct',
    fields: fields.map(({ dataName, type: of }) => ({ name: dataName, type: of })),
  };
  return defined(schema, type, named);
}

interface DecimalSchema {
  readonly precision: number;
  readonly scale?: number;
}

const decimalType = ({ precision, scale = 0 }: DecimalSchema): ColumnType =>
  precision > MOST_DIGITS ? { kind: 'bytes' } : { kind: 'decimal', precision, scale };
