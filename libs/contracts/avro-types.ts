import avro, { type ForSchemaOptions, type Schema } from 'avsc';
import { type AvroSchema, isArray, isMap, isRecord, isUnion, type RecordSchema } from './avro-schema.js';
import { BoundedArray, BoundedMap, ExactLong, WellFormedString } from './exact-types.js';
import { TimestampMillis, Uuid } from './logical-types.js';

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
