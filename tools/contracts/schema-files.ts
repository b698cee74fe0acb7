import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AvroSchema,
  type FieldSchema,
  fullNameOf,
  isArray,
  isMap,
  isRecord,
  isUnion,
  type RecordSchema,
} from './avro-schema.js';

/** Snapshots are in this folder beside the schemas. */
export const RELEASED_FOLDER = 'released';

/** One `.avsc` file. */
export interface SchemaFile {
  /** Its folder, which is the topic for an event. */
  readonly folder: string;
  /** `orders/OrderCreated.avsc`, for messages. */
  readonly path: string;
  /** Self-contained: shared records are inlined where they are first named. */
  readonly schema: RecordSchema;
}

/** A schema file that describes an event, not a shared record. */
export interface EventSchemaFile extends SchemaFile {
  readonly eventType: string;
  readonly subject: string;
}

export interface SchemaFiles {
  readonly events: readonly EventSchemaFile[];
  /** Records that events refer to by name. */
  readonly shared: readonly SchemaFile[];
}

/** Reads `schemas/` in the order of the file names. */
export function readSchemaFiles(root: string): SchemaFiles {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== RELEASED_FOLDER)
    .map(({ name }) => name)
    .toSorted();
  const files = folders.flatMap((folder) => readFolder(root, folder));
  const shared = files.filter(({ schema }) => schema.eventType === undefined);
  const byName = new Map(shared.map(({ schema }) => [fullNameOf(schema), schema]));
  const events = files.flatMap((file) => {
    const { eventType } = file.schema;
    if (eventType === undefined) return [];
    const schema = new Inliner(byName).record(file.schema);
    return [{ ...file, schema, eventType, subject: `${file.folder}-${fullNameOf(schema)}` }];
  });
  return { events, shared };
}

function readFolder(root: string, folder: string): SchemaFile[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.avsc'));
  return names.toSorted().map((name) => {
    const path = `${folder}/${name}`;
    return { folder, path, schema: JSON.parse(readFileSync(join(root, path), 'utf8')) as RecordSchema };
  });
}

/** Inlines shared records where a schema first names them, because Avro allows each definition once. */
class Inliner {
  readonly #defined = new Set<string>();

  constructor(private readonly shared: ReadonlyMap<string, RecordSchema>) {}

  record(schema: RecordSchema): RecordSchema {
    const fields = schema.fields.map((field): FieldSchema => ({ ...field, type: this.any(field.type) }));
    return { ...schema, fields };
  }

  private any(schema: AvroSchema): AvroSchema {
    if (typeof schema === 'string') return this.named(schema);
    if (isUnion(schema)) return schema.map((branch) => this.any(branch));
    if (isArray(schema)) return { ...schema, items: this.any(schema.items) };
    if (isMap(schema)) return { ...schema, values: this.any(schema.values) };
    return isRecord(schema) ? this.record(schema) : schema;
  }

  private named(name: string): AvroSchema {
    const record = this.shared.get(name);
    if (!record || this.#defined.has(name)) return name;
    this.#defined.add(name);
    // Shared records name no other records, so they need no inlining themselves.
    return record;
  }
}
