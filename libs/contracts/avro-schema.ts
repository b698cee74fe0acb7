/** An Avro schema as JSON, limited to what the event schemas use. Avro ignores the attributes that it does not define. */
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
  /** The event type, such as `order.created`; only on event records. */
  readonly eventType?: string;
  readonly fields: readonly FieldSchema[];
}

export interface FieldSchema {
  readonly name: string;
  /** The field's name in the code and in JSON, if it must differ from the Avro name. */
  readonly dataName?: string;
  /** The value is encrypted. It is in the log and is never shown. */
  readonly sealed?: true;
  /** The value is for our own processes. It is in the log as it is, and is never shown. */
  readonly withheld?: true;
  /** The value is a URL whose query may be secret, so it is shown without the query. */
  readonly queryHidden?: true;
  /** The value tells who a customer is, or where they live: sessions of the console see it when they ask for it only. */
  readonly personal?: true;
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

/** A primitive, usually with a logical type. */
export interface LeafSchema {
  readonly type: string;
  readonly logicalType?: string;
}

/** The first field of every event record. */
export const METADATA_FIELD = 'metadata';

/** An Avro name may include its namespace. */
export const fullNameOf = ({ namespace, name }: Pick<RecordSchema, 'namespace' | 'name'>): string =>
  namespace === undefined || name.includes('.') ? name : `${namespace}.${name}`;

export const isUnion = (schema: AvroSchema): schema is readonly AvroSchema[] => Array.isArray(schema);

export const isHidden = ({ sealed, withheld }: FieldSchema): boolean => sealed === true || withheld === true;

// The guards test the structure, because `type` of a leaf may be any string.
export const isRecord = (schema: AvroSchema): schema is RecordSchema =>
  typeof schema === 'object' && 'fields' in schema;
export const isArray = (schema: AvroSchema): schema is ArraySchema =>
  typeof schema === 'object' && 'items' in schema;
export const isMap = (schema: AvroSchema): schema is MapSchema =>
  typeof schema === 'object' && 'values' in schema && !isUnion(schema);
export const isEnum = (schema: AvroSchema): schema is EnumSchema =>
  typeof schema === 'object' && 'symbols' in schema;
