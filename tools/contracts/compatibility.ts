import avro from 'avsc';
import { type AvroSchema, isArray, isMap, isRecord, isUnion, type RecordSchema } from './avro-schema.js';

/** Why two versions of a schema may not stand side by side in the log; nothing when they may (Avro's FULL). */
export function incompatibilities(older: RecordSchema, newer: RecordSchema): string[] {
  return [
    ...unreadable(newer, older).map((reason) => `today's code cannot read what was written: ${reason}`),
    ...unreadable(older, newer).map(
      (reason) => `readers of old cannot read what is written today: ${reason}`,
    ),
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

/** Avro would read seconds as milliseconds: it does not look at what a number stands for. */
function changedMeanings(older: RecordSchema, newer: RecordSchema): string[] {
  const before = new Map(meanings(older, ''));
  return [...meanings(newer, '')]
    .filter(([path, meaning]) => before.has(path) && before.get(path) !== meaning)
    .map(([path, meaning]) => `${path} meant ${before.get(path)}, now ${meaning}`);
}

/** By path: what a value stands for beyond its Avro type, and what it is called in our data. */
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
