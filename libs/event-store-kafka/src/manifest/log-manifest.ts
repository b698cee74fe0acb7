import { z } from 'zod';
import { formatPosition, type Position } from '#libs/kernel';

/** What is agreed about a topic of events. */
export interface AgreedTopic {
  /** As the brokers gave it when the topic was made. */
  readonly topicId: string;
  /** By this number streams are laid out over partitions, whatever the topic has now. It never changes. */
  readonly partitions: number;
  /** By partition, the first offset that the log must have; 0 where nothing is said. */
  readonly begins: Readonly<Record<string, number>>;
  /** Positions of records that readers pass over, by command. */
  readonly passed: readonly string[];
}

const agreedTopic: z.ZodType<AgreedTopic> = z.object({
  topicId: z.string().min(1),
  partitions: z.int().positive(),
  begins: z.record(z.string(), z.int().nonnegative()),
  passed: z.array(z.string()),
});
const recordSchema = z.looseObject({ type: z.literal('record'), name: z.string() });

/** A change of the manifest: what it says under a key from now on. */
export interface ManifestEntry {
  readonly key: string;
  readonly value: object;
}

const TOPIC = 'topic/';
const SCHEMA = 'schema/';

/** `undefined` where it is none: somebody else may have written to the topic. */
export function parseEntry(key: string, text: string): ManifestEntry | undefined {
  const shape = key.startsWith(TOPIC) ? agreedTopic : /^schema\/\d+$/.test(key) ? recordSchema : undefined;
  try {
    const value = shape?.parse(JSON.parse(text));
    return value && { key, value };
  } catch {
    return undefined;
  }
}

export const topicEntry = (topic: string, agreed: AgreedTopic): ManifestEntry => ({
  key: `${TOPIC}${topic}`,
  value: agreed,
});

export const schemaEntry = (id: number, schema: object): ManifestEntry => ({
  key: `${SCHEMA}${id}`,
  value: schema,
});

/**
 * What the log depends on and does not hold itself: how streams are laid out, which topics it is made of, where they
 * begin, and which schema each id stands for. Written down once, beside the log. Immutable.
 */
export class LogManifest {
  readonly #ids = new Map<string, number>();
  readonly #passed: ReadonlySet<string>;

  private constructor(
    readonly topics: ReadonlyMap<string, AgreedTopic>,
    readonly schemas: ReadonlyMap<number, object>,
  ) {
    for (const [id, schema] of schemas) {
      const text = schemaText(schema);
      if (!this.#ids.has(text)) this.#ids.set(text, id);
    }
    this.#passed = new Set([...topics.values()].flatMap(({ passed }) => passed));
  }

  /** @param entries oldest first: the last one under a key counts. */
  static of(entries: Iterable<ManifestEntry>): LogManifest {
    const topics = new Map<string, AgreedTopic>();
    const schemas = new Map<number, object>();
    for (const { key, value } of entries) {
      if (key.startsWith(TOPIC)) topics.set(key.slice(TOPIC.length), value as AgreedTopic);
      else if (key.startsWith(SCHEMA)) schemas.set(Number(key.slice(SCHEMA.length)), value);
    }
    return new LogManifest(topics, schemas);
  }

  get entries(): ManifestEntry[] {
    return [
      ...[...this.topics].map(([topic, agreed]) => topicEntry(topic, agreed)),
      ...[...this.schemas].map(([id, schema]) => schemaEntry(id, schema)),
    ];
  }

  /** With what was written down later. Nothing is ever taken back, so what that lacks still counts. */
  followedBy(later: LogManifest): LogManifest {
    return LogManifest.of([...this.entries, ...later.entries]);
  }

  /** Keys of another manifest that this one lacks. */
  lacks(other: LogManifest): string[] {
    const known = new Set(this.entries.map(({ key }) => key));
    return other.entries.map(({ key }) => key).filter((key) => !known.has(key));
  }

  /** The id that events of this schema are written with. */
  idOf(schema: object): number | undefined {
    return this.#ids.get(schemaText(schema));
  }

  beginOf(topic: string, partition: number): number {
    return this.topics.get(topic)?.begins[partition] ?? 0;
  }

  isPassed(position: Position): boolean {
    return this.#passed.size > 0 && this.#passed.has(formatPosition(position));
  }

  /** Whether events are missing in the partition, and somebody has said that the log goes on without them. */
  hasGaps(topic: string, partition: number): boolean {
    const passed = this.topics.get(topic)?.passed ?? [];
    return this.beginOf(topic, partition) > 0 || passed.some((at) => at.startsWith(`${topic}/${partition}@`));
  }
}

/** Equal for schemas that are: registries may store attributes in another order. */
export const schemaText = (schema: object): string =>
  JSON.stringify(schema, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

export const EMPTY_MANIFEST = LogManifest.of([]);
