import avro from 'avsc';
import {
  type AvroSchema,
  type EnumSchema,
  type FieldSchema,
  fullNameOf,
  isArray,
  isEnum,
  isMap,
  isRecord,
  isUnion,
  type LeafSchema,
  type RecordSchema,
} from '../avro-schema.js';
import {
  branchAdded,
  branchRemoved,
  dataNameChanged,
  defaultChanged,
  eventTypeChanged,
  fieldAdded,
  fieldRemoved,
  fieldRenamed,
  meaningChanged,
  recordRenamed,
  type SchemaBreak,
  symbolAdded,
  symbolRemoved,
  typeChanged,
  unreadable,
} from './schema-break.js';

/**
 * Why the newer schema cannot follow the older one; empty if it can. Both must read the other (Avro's FULL compatibility),
 * and every value must keep its meaning, of which Avro knows nothing.
 */
export function breaksBetween(older: RecordSchema, newer: RecordSchema): SchemaBreak[] {
  const found = [
    ...(older.eventType === newer.eventType ? [] : [eventTypeChanged(older.eventType, newer.eventType)]),
    ...recordBreaks(older, newer, ''),
  ];
  // Avro has the last word: what it refuses is never released, explained or not.
  const [cannotReadOld, cannotBeRead] = [refusal(newer, older), refusal(older, newer)];
  if (cannotReadOld !== undefined && !found.some(({ breaks }) => breaks.oldEvents))
    found.push(unreadable(cannotReadOld, { oldEvents: true, oldReaders: false }));
  if (cannotBeRead !== undefined && !found.some(({ breaks }) => breaks.oldReaders))
    found.push(unreadable(cannotBeRead, { oldEvents: false, oldReaders: true }));
  return found;
}

/** Why the reader's schema does not read what was written with the writer's, in Avro's words. */
function refusal(reader: RecordSchema, writer: RecordSchema): string | undefined {
  try {
    avro.Type.forSchema(reader as never).createResolver(avro.Type.forSchema(writer as never));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function recordBreaks(older: RecordSchema, newer: RecordSchema, path: string): SchemaBreak[] {
  // Another name of an event is another subject, which is found where all events are compared.
  if (path !== '' && fullNameOf(older) !== fullNameOf(newer))
    return [recordRenamed(path, fullNameOf(older), fullNameOf(newer))];
  const pathOf = ({ name }: FieldSchema): string => (path === '' ? name : `${path}.${name}`);
  const { added, removed, renamed, kept } = fieldChanges(older.fields, newer.fields);
  return [
    ...renamed.map(([before, now]) =>
      fieldRenamed(pathOf(before), now.name, hasDefault(before) && hasDefault(now)),
    ),
    ...added.filter((field) => !hasDefault(field)).map((field) => fieldAdded(pathOf(field), field)),
    ...removed.filter((field) => !hasDefault(field)).map((field) => fieldRemoved(pathOf(field), field)),
    ...kept.flatMap(([before, now]) => keptFieldBreaks(before, now, pathOf(now))),
  ];
}

const hasDefault = (field: FieldSchema): boolean => field.default !== undefined;
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

type Pair = readonly [FieldSchema, FieldSchema];

interface FieldChanges {
  readonly added: readonly FieldSchema[];
  readonly removed: readonly FieldSchema[];
  readonly renamed: readonly Pair[];
  readonly kept: readonly Pair[];
}

function fieldChanges(older: readonly FieldSchema[], newer: readonly FieldSchema[]): FieldChanges {
  const before = new Map(older.map((field) => [field.name, field]));
  const names = new Set(newer.map(({ name }) => name));
  const kept = newer.flatMap((now): Pair[] => {
    const field = before.get(now.name);
    return field ? [[field, now]] : [];
  });
  const added = newer.filter(({ name }) => !before.has(name));
  const removed = older.filter(({ name }) => !names.has(name));
  const renamed: Pair[] = [];
  for (const gone of removed) {
    const now = added.find((field) => isRename(gone, field) && !renamed.some((pair) => pair[1] === field));
    if (now) renamed.push([gone, now]);
  }
  const isRenamed = (field: FieldSchema): boolean => renamed.some((pair) => pair.includes(field));
  return {
    added: added.filter((field) => !isRenamed(field)),
    removed: removed.filter((field) => !isRenamed(field)),
    renamed,
    kept,
  };
}

/** One field is gone, and one of its type is new. With defaults that is allowed, unless both claim to be the same. */
const isRename = (gone: FieldSchema, added: FieldSchema): boolean =>
  isSame(gone.type, added.type) && (gone.doc === added.doc || !(hasDefault(gone) || hasDefault(added)));

function keptFieldBreaks(before: FieldSchema, now: FieldSchema, path: string): SchemaBreak[] {
  const [nameBefore, nameNow] = [before, now].map(({ name, dataName }) => dataName ?? name);
  const changesDefault = hasDefault(before) && hasDefault(now) && !isSame(before.default, now.default);
  return [
    ...(nameBefore === nameNow ? [] : [dataNameChanged(path, `${nameBefore}`, `${nameNow}`)]),
    ...(changesDefault ? [defaultChanged(path, before.default, now.default)] : []),
    ...typeBreaks(before.type, now.type, path),
  ];
}

function typeBreaks(before: AvroSchema, now: AvroSchema, path: string): SchemaBreak[] {
  if (isUnion(before) || isUnion(now)) return unionBreaks(before, now, path);
  if (isArray(before) && isArray(now)) return typeBreaks(before.items, now.items, `${path}[]`);
  if (isMap(before) && isMap(now)) return typeBreaks(before.values, now.values, `${path}{}`);
  if (isRecord(before) && isRecord(now)) return recordBreaks(before, now, path);
  if (isEnum(before) && isEnum(now)) return enumBreaks(before, now, path);
  if (baseOf(before) !== baseOf(now)) return [typeChanged(path, before, now, readability(before, now))];
  const [meaningBefore, meaningNow] = [logicalTypeOf(before), logicalTypeOf(now)];
  return meaningBefore === meaningNow ? [] : [meaningChanged(path, meaningBefore, meaningNow)];
}

/** A type that is no union counts as a union of one. */
function unionBreaks(before: AvroSchema, now: AvroSchema, path: string): SchemaBreak[] {
  const branchesOf = (type: AvroSchema) =>
    new Map((isUnion(type) ? type : [type]).map((branch) => [baseOf(branch), branch]));
  const [older, newer] = [branchesOf(before), branchesOf(now)];
  const shared = [...newer].filter(([name]) => older.has(name));
  const added = [...newer].filter(([name]) => !older.has(name));
  const removed = [...older].filter(([name]) => !newer.has(name));
  // One branch in place of another is another type, not a branch more and one less.
  if (added.length > 0 && removed.length > 0)
    return [typeChanged(path, before, now, readability(before, now))];
  return [
    ...added.map(([, branch]) => branchAdded(path, branch, before)),
    ...removed.map(([, branch]) => branchRemoved(path, branch, before)),
    ...shared.flatMap(([name, branch]) => typeBreaks(older.get(name) ?? branch, branch, path)),
  ];
}

function enumBreaks(before: EnumSchema, now: EnumSchema, path: string): SchemaBreak[] {
  if (fullNameOf(before) !== fullNameOf(now))
    return [typeChanged(path, before, now, { oldEvents: false, oldReaders: false })];
  return [
    ...now.symbols.filter((each) => !before.symbols.includes(each)).map((each) => symbolAdded(path, each)),
    ...before.symbols.filter((each) => !now.symbols.includes(each)).map((each) => symbolRemoved(path, each)),
  ];
}

/** What Avro tells the branches of a union by. */
function baseOf(type: AvroSchema): string {
  if (isArray(type)) return 'array';
  if (isMap(type)) return 'map';
  if (typeof type === 'string') return type;
  return 'name' in type ? fullNameOf(type) : (type as LeafSchema).type;
}

const logicalTypeOf = (type: AvroSchema): string | undefined =>
  typeof type === 'object' && 'logicalType' in type ? type.logicalType : undefined;

/** Avro reads an int as a long, for instance, but not the other way round. */
function readability(before: AvroSchema, now: AvroSchema): { oldEvents: boolean; oldReaders: boolean } {
  const [older, newer] = [before, now].map(
    (type): RecordSchema => ({ type: 'record', name: 'Value', fields: [{ name: 'value', type }] }),
  ) as [RecordSchema, RecordSchema];
  return {
    oldEvents: refusal(newer, older) === undefined,
    oldReaders: refusal(older, newer) === undefined,
  };
}
