import { z } from 'zod';
import { formatPosition, type Position, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { type VersionLevel, versionLevelSchema } from './version-level.js';

/** The recorded facts about an event topic. */
export interface AgreedTopic {
  /** Assigned by the brokers when the topic was created. */
  readonly topicId: string;
  /** The number by which streams are laid out, whatever the topic has now. It never changes. */
  readonly partitions: number;
  /** The first offset that the log must have, by partition; 0 by default. */
  readonly begins: Readonly<Record<string, number>>;
  /** Positions of records that readers skip, as accepted by an operator. */
  readonly passed: readonly string[];
}

const agreedTopic: z.ZodType<AgreedTopic> = z.object({
  topicId: z.string().min(1),
  partitions: z.int().positive(),
  begins: z.record(z.string(), z.int().nonnegative()),
  passed: z.array(z.string()),
});
const recordSchema = z.looseObject({ type: z.literal('record'), name: z.string() });

/** A change of the manifest: the new value of a key. */
export interface ManifestEntry {
  readonly key: string;
  readonly value: object;
}

const TOPIC = 'topic/';
const SCHEMA = 'schema/';
const VERSION = 'version';

/** @returns `undefined` for a foreign record */
export function parseEntry(key: string, text: string): ManifestEntry | undefined {
  try {
    const value = shapeOf(key)?.parse(JSON.parse(text));
    return value && { key, value };
  } catch {
    return undefined;
  }
}

function shapeOf(key: string): z.ZodType<object> | undefined {
  if (key === VERSION) return versionLevelSchema;
  if (key.startsWith(TOPIC)) return agreedTopic;
  return /^schema\/\d+$/.test(key) ? recordSchema : undefined;
}

export const versionEntry = (version: VersionLevel): ManifestEntry => ({ key: VERSION, value: version });

export const topicEntry = (topic: string, agreed: AgreedTopic): ManifestEntry => ({
  key: `${TOPIC}${topic}`,
  value: agreed,
});

export const schemaEntry = (id: number, schema: object): ManifestEntry => ({
  key: `${SCHEMA}${id}`,
  value: schema,
});

/**
 * Everything the log depends on but does not contain: how streams are laid out, its topics, their first offsets,
 * which schema each id stands for, and which versions may use it. Recorded once, beside the log. Immutable.
 */
export class LogManifest {
  readonly #ids = new Map<string, number>();
  readonly #passed: ReadonlySet<string>;

  private constructor(
    readonly topics: ReadonlyMap<string, AgreedTopic>,
    readonly schemas: ReadonlyMap<number, object>,
    /** `undefined` if only versions without a level were deployed. */
    readonly version: VersionLevel | undefined,
  ) {
    for (const [id, schema] of schemas) {
      const text = schemaText(schema);
      if (!this.#ids.has(text)) this.#ids.set(text, id);
    }
    this.#passed = new Set([...topics.values()].flatMap(({ passed }) => passed));
  }

  /** @param entries oldest first; the last one of a key counts */
  static of(entries: Iterable<ManifestEntry>): LogManifest {
    const topics = new Map<string, AgreedTopic>();
    const schemas = new Map<number, object>();
    let version: VersionLevel | undefined;
    for (const { key, value } of entries) {
      if (key === VERSION) version = value as VersionLevel;
      else if (key.startsWith(TOPIC)) topics.set(key.slice(TOPIC.length), value as AgreedTopic);
      else if (key.startsWith(SCHEMA)) schemas.set(Number(key.slice(SCHEMA.length)), value);
    }
    return new LogManifest(topics, schemas, version);
  }

  get entries(): ManifestEntry[] {
    return [
      ...[...this.topics].map(([topic, agreed]) => topicEntry(topic, agreed)),
      ...[...this.schemas].map(([id, schema]) => schemaEntry(id, schema)),
      ...(this.version ? [versionEntry(this.version)] : []),
    ];
  }

  /** Adds later entries. Entries are never withdrawn, so those missing from `later` still apply. */
  followedBy(later: LogManifest): LogManifest {
    return LogManifest.of([...this.entries, ...later.entries]);
  }

  /** Keys that this manifest lacks but another one has. */
  lacks(other: LogManifest): string[] {
    const known = new Set(this.entries.map(({ key }) => key));
    return other.entries.map(({ key }) => key).filter((key) => !known.has(key));
  }

  /** The id under which events of this schema are written. */
  idOf(schema: object): number | undefined {
    return this.#ids.get(schemaText(schema));
  }

  beginOf(topic: string, partition: number): number {
    return this.topics.get(topic)?.begins[partition] ?? 0;
  }

  isPassed(position: Position): boolean {
    return this.#passed.size > 0 && this.#passed.has(formatPosition(position));
  }

  /** Whether an operator has accepted that events of the partition are missing. */
  hasGaps({ topic, partition }: TopicPartition): boolean {
    const first = `${topicPartitionKey({ topic, partition })}@`;
    const passed = this.topics.get(topic)?.passed ?? [];
    return this.beginOf(topic, partition) > 0 || passed.some((position) => position.startsWith(first));
  }
}

/** Equal for equal schemas: registries may reorder attributes. */
export const schemaText = (schema: object): string =>
  JSON.stringify(schema, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

export const EMPTY_MANIFEST = LogManifest.of([]);
