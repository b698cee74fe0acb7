import avro from 'avsc';
import {
  type AvroSchema,
  isArray,
  isEnum,
  isMap,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from './avro-schema.js';
import type { EventSchemaFile, SchemaFiles } from './schema-files.js';

const EVENT_METADATA = 'orderstream.EventMetadata';

/** What every schema must keep to, beyond being Avro. One line for each thing that is wrong. */
export function brokenRules({ events, shared }: SchemaFiles): string[] {
  const problems = [...events, ...shared].flatMap(({ path, schema }) => [
    ...notAvro(schema).map((problem) => `${path}: ${problem}`),
    ...undocumented(schema).map((name) => `${path}: ${name} has no doc`),
  ]);
  const seen = new Map<string, string>();
  for (const event of events) {
    problems.push(...[...brokenEventRules(event)].map((problem) => `${event.path}: ${problem}`));
    const other = seen.get(event.eventType);
    if (other !== undefined) problems.push(`${event.path}: ${event.eventType} is in ${other} already`);
    seen.set(event.eventType, event.path);
  }
  return problems;
}

function* brokenEventRules({ folder, path, schema, eventType }: EventSchemaFile): Generator<string> {
  if (recordNameOf(eventType) !== schema.name) yield `${eventType} wants the name ${recordNameOf(eventType)}`;
  if (path !== `${folder}/${schema.name}.avsc`) yield `the file is not called after ${schema.name}`;
  if (schema.namespace !== `orderstream.${folder}`) yield `the namespace is not orderstream.${folder}`;
  const [first] = schema.fields;
  const isMetadata =
    first?.name === METADATA_FIELD && isRecord(first.type) && first.type.name === 'EventMetadata';
  if (!isMetadata) yield `the first field is not ${METADATA_FIELD} of type ${EVENT_METADATA}`;
}

/** `stock.reservation-rejected` → `StockReservationRejected`. */
export const recordNameOf = (eventType: string): string =>
  eventType
    .split(/[.-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

function notAvro(schema: RecordSchema): string[] {
  try {
    avro.Type.forSchema(schema as never);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Names of the records and fields without a `doc`. */
function undocumented(schema: AvroSchema): string[] {
  if (isUnion(schema)) return schema.flatMap(undocumented);
  if (isArray(schema)) return undocumented(schema.items);
  if (isMap(schema)) return undocumented(schema.values);
  if (isEnum(schema)) return hasDoc(schema) ? [] : [schema.name];
  if (!isRecord(schema)) return [];
  const own = hasDoc(schema) ? [] : [schema.name];
  const fields = schema.fields.filter((field) => !hasDoc(field)).map(({ name }) => `${schema.name}.${name}`);
  return [...own, ...fields, ...schema.fields.flatMap(({ type }) => undocumented(type))];
}

const hasDoc = ({ doc }: { readonly doc?: string }): boolean => doc !== undefined && doc.trim() !== '';
