import avro from 'avsc';
import { type AvroSchema, isArray, isMap, isRecord, isUnion, type RecordSchema } from './avro-schema.js';

/** Lists why two versions of a schema cannot coexist in the log; empty if they can (Avro's FULL compatibility). */
export function incompatibilities(older: RecordSchema, newer: RecordSchema): string[] {
  return [
    ...unreadable(newer, older).map((reason) => `today's code cannot read what old code wrote: ${reason}`),
    ...unreadable(older, newer).map((reason) => `old code cannot read what today's code writes: ${reason}`),
    ...changedMeanings(older, newer),
  ];
}

function unreadable(reader: RecordSchema, writer: RecordSchema): string[] {
  try {
    avro.Type.forSchema(reader as never).createResolver(avro.Type.forSchema(writer as never));
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Avro ignores what a number stands for and would read seconds as milliseconds, so meanings are compared here. */
function changedMeanings(older: RecordSchema, newer: RecordSchema): string[] {
  const before = new Map(meanings(older, ''));
  return [...meanings(newer, '')]
    .filter(([path, meaning]) => before.has(path) && before.get(path) !== meaning)
    .map(([path, meaning]) => `${path} meant ${before.get(path)}, now ${meaning}`);
}

/** By path: the meaning of each value beyond its Avro type, and its name in event data. */
function* meanings(schema: AvroSchema, path: string): Generator<[string, string]> {
  if (isUnion(schema)) {
    for (const branch of schema) yield* meanings(branch, path);
  } else if (isArray(schema)) {
    yield* meanings(schema.items, `${path}[]`);
  } else if (isMap(schema)) {
    yield* meanings(schema.values, `${path}{}`);
  } else if (isRecord(schema)) {
    if (schema.eventType !== undefined) yield ['the record', schema.eventType];
    for (const { name, dataName, type } of schema.fields) {
      yield [`the name of ${path}.${name}`, dataName ?? name];
      yield* meanings(type, `${path}.${name}`);
    }
  } else if (schema !== 'null') {
    const logicalType =
      typeof schema === 'object' && 'logicalType' in schema ? schema.logicalType : undefined;
    yield [path, logicalType ?? 'nothing more than its type'];
  }
}
