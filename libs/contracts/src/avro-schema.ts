/**
 * An Avro schema as JSON, as far as our event schemas use Avro, with a few attributes of our own, which Avro
 * keeps and ignores.
 */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | RecordSchema
  | ArraySchema
  | MapSchema
  | EnumSchema
  | LeafSchema;

export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  /** The event's type, such as `order.created`; on event records only. */
  readonly eventType?: string;
  readonly fields: readonly FieldSchema[];
}

export interface FieldSchema {
  readonly name: string;
  /** The field's name in our data, where it must differ from the Avro name. */
  readonly dataName?: string;
  /** Holds what is encrypted: it is in the log, and nobody is ever shown it. */
  readonly sealed?: true;
  /** Holds a URL whose query may be a secret: it is shown without. */
  readonly queryHidden?: true;
  readonly type: AvroSchema;
  readonly doc?: string;
  readonly default?: unknown;
}

export interface ArraySchema {
  readonly type: 'array';
  readonly items: AvroSchema;
}

export interface MapSchema {
  readonly type: 'map';
  readonly values: AvroSchema;
}

export interface EnumSchema {
  readonly type: 'enum';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
}

/** A primitive, mostly with a logical type on it. */
export interface LeafSchema {
  readonly type: string;
  readonly logicalType?: string;
}

/** The field that every event record begins with: the event's own metadata. */
export const METADATA_FIELD = 'metadata';

/** Avro lets a name bring its namespace with it. */
export const fullNameOf = ({ namespace, name }: Pick<RecordSchema, 'namespace' | 'name'>): string =>
  namespace === undefined || name.includes('.') ? name : `${namespace}.${name}`;

export const isUnion = (schema: AvroSchema): schema is readonly AvroSchema[] => Array.isArray(schema);

// The guards go by structure: `type: 'record'` alone would not tell a leaf whose `type` is any string.
export const isRecord = (schema: AvroSchema): schema is RecordSchema =>
  typeof schema === 'object' && 'fields' in schema;
export const isArray = (schema: AvroSchema): schema is ArraySchema =>
  typeof schema === 'object' && 'items' in schema;
export const isMap = (schema: AvroSchema): schema is MapSchema =>
  typeof schema === 'object' && 'values' in schema && !isUnion(schema);
export const isEnum = (schema: AvroSchema): schema is EnumSchema =>
  typeof schema === 'object' && 'symbols' in schema;
