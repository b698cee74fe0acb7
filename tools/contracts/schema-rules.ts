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

/** Checks the schemas against the rules beyond Avro's own. Returns a line for each violation. */
export function brokenRules({ events, shared }: SchemaFiles): string[] {
  const problems = [...events, ...shared].flatMap(({ path, schema }) => [
    ...notAvro(schema).map((problem) => `${path}: ${problem}`),
    ...undocumented(schema).map((name) => `${path}: ${name} has no doc`),
    ...roundedNumbers(schema).map((problem) => `${path}: ${problem}`),
  ]);
  const seen = new Map<string, string>();
  for (const event of events) {
    problems.push(...[...brokenEventRules(event)].map((problem) => `${event.path}: ${problem}`));
    const other = seen.get(event.eventType);
    if (other !== undefined) problems.push(`${event.path}: ${event.eventType} is already in ${other}`);
    seen.set(event.eventType, event.path);
  }
  return problems;
}

function* brokenEventRules({ folder, path, schema, eventType }: EventSchemaFile): Generator<string> {
  if (recordNameOf(eventType) !== schema.name)
    yield `${eventType} needs the record name ${recordNameOf(eventType)}`;
  if (path !== `${folder}/${schema.name}.avsc`) yield `the file is not named after ${schema.name}`;
  // Avro's names have no hyphens.
  const namespace = `orderstream.${folder.replaceAll('-', '_')}`;
  if (schema.namespace !== namespace) yield `the namespace is not ${namespace}`;
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

/** Names of the records, enums and fields without a `doc`. */
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

/** A price is money even if its schema has no currency yet. */
const MONEY_WORD =
  /(?:^(?:price|cost|fee|tax|discount|refund|balance)|(?:Price|Cost|Fee|Tax|Discount|Refund|Balance))(?:e?s)?(?:[A-Z]|$)/;

/** Fields that would not read back exactly as written, or that must be exact because they hold money. */
function roundedNumbers(schema: RecordSchema): string[] {
  const fields = [...fieldsIn(schema, schema.name)];
  const hasCurrency = fields.some(({ name }) => /currency$/i.test(name));
  return fields.flatMap(({ path, name, types }) => {
    if (types.includes('float')) return [`${path} is a float, which rounds what it stores: make it a double`];
    const isMoney = hasCurrency || MONEY_WORD.test(name);
    return isMoney && types.includes('double')
      ? [`${path} is a double: money is a long in minor units, beside an ISO 4217 currency code`]
      : [];
  });
}

interface FieldTypes {
  readonly path: string;
  readonly name: string;
  readonly types: readonly string[];
}

function* fieldsIn(schema: RecordSchema, path: string): Generator<FieldTypes> {
  for (const { name, type } of schema.fields) {
    const field = { path: `${path}.${name}`, name };
    yield { ...field, types: leavesOf(type) };
    for (const record of recordsIn(type)) yield* fieldsIn(record, field.path);
  }
}

/** The names of the types of a value, except records. */
function leavesOf(schema: AvroSchema): string[] {
  if (typeof schema === 'string') return [schema];
  if (isUnion(schema)) return schema.flatMap(leavesOf);
  if (isArray(schema)) return leavesOf(schema.items);
  if (isMap(schema)) return leavesOf(schema.values);
  return isRecord(schema) || isEnum(schema) ? [] : [schema.type];
}

function recordsIn(schema: AvroSchema): RecordSchema[] {
  if (typeof schema === 'string') return [];
  if (isUnion(schema)) return schema.flatMap(recordsIn);
  if (isArray(schema)) return recordsIn(schema.items);
  if (isMap(schema)) return recordsIn(schema.values);
  return isRecord(schema) ? [schema] : [];
}

const hasDoc = ({ doc }: { readonly doc?: string }): boolean => doc !== undefined && doc.trim() !== '';
