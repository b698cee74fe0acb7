import {
  type AvroSchema,
  type FieldSchema,
  fullNameOf,
  isArray,
  isMap,
  isRecord,
  isUnion,
  type RecordSchema,
} from '../avro-schema.js';

/** The text of every `.avsc` file of `schemas/`, by its path in there: `orders/OrderCreated.avsc`. */
export type SchemaTexts = ReadonlyMap<string, string>;

/** Snapshots are in this folder beside the schemas. */
const RELEASED_FOLDER = 'released';

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

/** All released versions of one subject, oldest first. The version number is the index plus one. */
export interface SubjectReleases {
  readonly subject: string;
  readonly versions: readonly RecordSchema[];
}

/** The present schemas, in the order of the paths. */
export function schemaFilesOf(texts: SchemaTexts): SchemaFiles {
  const files = pathsOf(texts, (folders) => folders.length === 1 && folders[0] !== RELEASED_FOLDER).map(
    (path): SchemaFile => ({ folder: path.split('/')[0] ?? '', path, schema: parsed(texts, path) }),
  );
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

/** Every version that was ever released, by subject. */
export function releasesOf(texts: SchemaTexts): SubjectReleases[] {
  const paths = pathsOf(texts, (folders) => folders.length === 2 && folders[0] === RELEASED_FOLDER);
  const subjects = [...new Set(paths.map((path) => path.split('/')[1] ?? ''))];
  return subjects.map((subject) => ({
    subject,
    versions: paths
      .filter((path) => path.split('/')[1] === subject)
      .toSorted((a, b) => versionOf(a) - versionOf(b))
      .map((path) => parsed(texts, path)),
  }));
}

/** Where the version of a subject is kept, from 1. */
export const releasePath = (subject: string, version: number): string =>
  `${RELEASED_FOLDER}/${subject}/${version}.avsc`;

const versionOf = (path: string): number => Number.parseInt(path.slice(path.lastIndexOf('/') + 1), 10);

const pathsOf = (texts: SchemaTexts, isWanted: (folders: readonly string[]) => boolean): string[] =>
  [...texts.keys()].filter((path) => isWanted(path.split('/').slice(0, -1))).toSorted();

function parsed(texts: SchemaTexts, path: string): RecordSchema {
  try {
    return JSON.parse(texts.get(path) ?? '') as RecordSchema;
  } catch (error) {
    throw new Error(`schemas/${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
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
