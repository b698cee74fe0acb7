import avro from 'avsc';
import {
  type ArraySchema,
  type AvroSchema,
  isArray,
  isEnum,
  isMap,
  isRecord,
  isUnion,
  type MapSchema,
  METADATA_FIELD,
  type RecordSchema,
} from '../avro-schema.js';
import type { EventSchemaFile, SchemaFiles } from './schema-files.js';

const EVENT_METADATA = 'orderstream.EventMetadata';

/** Checks the schemas against the rules beyond Avro's own. Returns a line for each violation. */
export function brokenRules({ events, shared }: SchemaFiles): string[] {
  const problems = [...events, ...shared].flatMap(({ path, schema }) => [
    ...notAvro(schema).map((problem) => `${path}: ${problem}`),
    ...undocumented(schema).map((name) => `${path}: ${name} has no doc`),
    ...roundedNumbers(schema).map((problem) => `${path}: ${problem}`),
    ...withoutDefault(schema, schema.name).map(
      (field) => `${path}: ${field} is optional, so it needs "default": null`,
    ),
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
const undocumented = (schema: AvroSchema): string[] =>
  partsOf(schema).flatMap((part) => {
    if (isEnum(part)) return hasDoc(part) ? [] : [part.name];
    if (!isRecord(part)) return [];
    const fields = part.fields.filter((field) => !hasDoc(field)).map(({ name }) => `${part.name}.${name}`);
    return [
      ...(hasDoc(part) ? [] : [part.name]),
      ...fields,
      ...part.fields.flatMap(({ type }) => undocumented(type)),
    ];
  });

/** Optional fields without a default: they could never be removed, nor added by somebody who reads older events. */
function withoutDefault(schema: AvroSchema, path: string): string[] {
  if (isUnion(schema)) return schema.flatMap((branch) => withoutDefault(branch, path));
  if (isArray(schema)) return withoutDefault(schema.items, path);
  if (isMap(schema)) return withoutDefault(schema.values, path);
  if (!isRecord(schema)) return [];
  return schema.fields.flatMap((field) => {
    const name = `${path}.${field.name}`;
    const isOptional = isUnion(field.type) && field.type[0] === 'null';
    return [...(isOptional && field.default !== null ? [name] : []), ...withoutDefault(field.type, name)];
  });
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
    const parts = partsOf(type);
    yield { ...field, types: parts.map((part) => (typeof part === 'object' ? part.type : part)) };
    for (const record of parts.filter(isRecord)) yield* fieldsIn(record, field.path);
  }
}

type Part = Exclude<AvroSchema, ArraySchema | MapSchema | readonly AvroSchema[]>;

/** What a value may be, or consist of: records, enums, and the names of other types. */
function partsOf(schema: AvroSchema): Part[] {
  if (isUnion(schema)) return schema.flatMap(partsOf);
  if (isArray(schema)) return partsOf(schema.items);
  return isMap(schema) ? partsOf(schema.values) : [schema];
}

const hasDoc = ({ doc }: { readonly doc?: string }): boolean => doc !== undefined && doc.trim() !== '';
