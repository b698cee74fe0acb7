import {
  type AvroSchema,
  isArray,
  isHidden,
  isMap,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from './avro-schema.js';
import { contractOfEvent } from './event-catalogue.js';

/**
 * Whether events of the type have the field at a path that starts with `data` or `metadata`, as in a filter. A map may have
 * any field, an array any index. Hidden fields count as absent.
 */
export function hasField(eventType: string, [part, ...path]: readonly string[]): boolean {
  const schema = contractOfEvent(eventType)?.schema;
  if (!schema) return false;
  const named = new Map(namedRecords(schema));
  const isMetadata = part === METADATA_FIELD;
  const fields = schema.fields.filter(({ name }) => (name === METADATA_FIELD) === isMetadata);
  return isMetadata
    ? fields.some(({ type }) => leadsTo(type, path, named))
    : leadsTo({ ...schema, fields }, path, named);
}

type NamedRecords = ReadonlyMap<string, RecordSchema>;

function leadsTo(schema: AvroSchema, path: readonly string[], named: NamedRecords): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return schema !== 'null';
  if (isUnion(schema)) return schema.some((branch) => leadsTo(branch, path, named));
  if (isMap(schema)) return leadsTo(schema.values, rest, named);
  if (isArray(schema)) return /^\d+$/.test(name) && leadsTo(schema.items, rest, named);
  const record = typeof schema === 'string' ? named.get(schema) : schema;
  if (!record || typeof record !== 'object' || !isRecord(record)) return false;
  const field = record.fields.find((each) => (each.dataName ?? each.name) === name);
  return field !== undefined && !isHidden(field) && leadsTo(field.type, rest, named);
}

/** Avro defines a record where it is first used, and names it afterwards. */
function namedRecords(schema: AvroSchema): [string, RecordSchema][] {
  if (isUnion(schema)) return schema.flatMap(namedRecords);
  if (isArray(schema)) return namedRecords(schema.items);
  if (isMap(schema)) return namedRecords(schema.values);
  if (!isRecord(schema)) return [];
  return [[schema.name, schema], ...schema.fields.flatMap(({ type }) => namedRecords(type))];
}
