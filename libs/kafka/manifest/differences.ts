import { formatPosition, topicPartitionKey } from '#libs/kernel';
import { EVENT_CONTRACTS, EVENT_TOPICS } from '#libs/contracts';
import type { Finding, Flaw } from '../finding.js';
import { isLaidOutBy, layoutOf, type StreamPlace } from './layout.js';
import { type AgreedTopic, type LogManifest, schemaText } from './log-manifest.js';
import { outdatedBy } from './version-level.js';

export interface PresentTopic {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: number;
  readonly begins: readonly number[];
  /** Streams of it and where they are; none where that was not looked at. */
  readonly sample?: readonly StreamPlace[] | undefined;
}

/** The registry's present schemas by id; `undefined` for an id that it does not know. */
export type PresentSchemas = ReadonlyMap<number, object | undefined>;

/** A deviation from the manifest. */
export type Difference = Finding &
  Flaw & {
    /** The topic whose commands and readers wait until a person has decided. */
    readonly stops?: string;
  };

const HOW = 'docs/operations.md, "When the log\'s environment changes"';

export function topicDifferences(manifest: LogManifest, present: readonly PresentTopic[]): Difference[] {
  return present.flatMap((now) => {
    const agreed = manifest.topics.get(now.topic);
    return agreed ? differencesOf(agreed, now) : [];
  });
}

function differencesOf(agreed: AgreedTopic, now: PresentTopic): Difference[] {
  const { topic, topicId, partitions, begins, sample = [] } = now;
  const about = `topic ${topic}`;
  const stopped = { level: 'fail', promise: 1, about, stops: topic } as const;
  const remedy = `restore it, or begin anew: ${HOW}`;
  if (partitions === 0)
    return [{ ...stopped, is: 'not there any more', follows: 'its commands and readers wait', remedy }];
  if (topicId !== agreed.topicId || partitions < agreed.partitions) {
    const is = `another topic than the one that was deployed (id ${topicId} instead of ${agreed.topicId})`;
    const follows = 'what was in it is gone: its commands and readers wait';
    return [{ ...stopped, is, follows, remedy }];
  }
  const layout = isLaidOutBy(sample, agreed.partitions) ? undefined : layoutOf(sample, partitions);
  if (layout !== undefined) {
    return [
      {
        ...stopped,
        is: `${agreed.partitions} partitions are written down, but its streams are laid out by ${layout}`,
        follows: 'somebody has changed what was written down, and its commands and readers wait',
        remedy: `run "orderstream log accept ${topic} --partitions ${layout}", see ${HOW}`,
      },
    ];
  }
  const differences: Difference[] = [];
  if (partitions > agreed.partitions) {
    differences.push({
      level: 'warn',
      about,
      is: `${partitions} partitions, of which ${agreed.partitions} are in use`,
      follows: `streams stay where they are, and new ones go to the first ${agreed.partitions}: nothing is lost`,
      remedy: `make clients that work out a stream's partition themselves go on with ${agreed.partitions}`,
    });
  }
  begins.forEach((begin, partition) => {
    const expected = agreed.begins[partition] ?? 0;
    if (begin <= expected) return;
    differences.push({
      level: 'fail',
      promise: 1,
      about: topicPartitionKey({ topic, partition }),
      is: `begins at ${begin} instead of ${expected}`,
      follows: 'earlier records are gone, and readers that have not read them wait there',
      remedy: `to go on without them, run "orderstream log accept ${formatPosition({ topic, partition, offset: begin })}", see ${HOW}`,
    });
  });
  return differences;
}

export function schemaDifferences(manifest: LogManifest, present: PresentSchemas): Difference[] {
  const missing: number[] = [];
  const differences: Difference[] = [];
  for (const [id, now] of present) {
    const agreed = manifest.schemas.get(id);
    if (agreed && !now) missing.push(id);
    if (!agreed || !now || isSame(agreed, now)) continue;
    const is = `of ${nameOf(now)} in the registry, and of ${nameOf(agreed)} in the log`;
    differences.push({ level: 'fail', about: `schema id ${id}`, is, ...READERS });
  }
  if (missing.length > 0) {
    const ids = missing.toSorted((a, b) => a - b).join(', ');
    differences.push({
      level: 'warn',
      about: `schema ids ${ids}`,
      is: 'not in the registry',
      ...READERS,
    });
  }
  return differences;
}

const READERS = {
  follows:
    'events are written and read by what was written down, so nothing wrong is served; other Avro clients read by ' +
    'the registry, and cannot',
  remedy: `restore the registry: ${HOW}`,
};

/** Entries of the known manifest that are now missing. */
export function lossOf(known: LogManifest, found: LogManifest): Difference[] {
  const lost = found.lacks(known).toSorted();
  if (lost.length === 0) return [];
  return [
    {
      level: 'fail',
      about: 'topic orderstream-manifest',
      is: `has lost ${lost.length} entries: ${lost.slice(0, MOST_NAMED).join(', ')}${lost.length > MOST_NAMED ? ', …' : ''}`,
      follows: 'running processes go on with what they have read; none can start',
      remedy: `run "orderstream deploy", which writes it again: ${HOW}`,
    },
  ];
}

const MOST_NAMED = 5;

/** Why the app cannot start with this manifest, if so. */
export function missingFrom(manifest: LogManifest): string | undefined {
  const outdated = outdatedBy(manifest.version);
  if (outdated !== undefined) return outdated;
  const topic = EVENT_TOPICS.find((each) => !manifest.topics.has(each));
  if (topic !== undefined) return `topic ${topic} is not deployed: run "orderstream deploy"`;
  const contract = EVENT_CONTRACTS.find(({ schema }) => manifest.idOf(schema) === undefined);
  return contract && `the schema of ${contract.eventType} is not deployed: run "orderstream deploy"`;
}

const isSame = (a: object, b: object): boolean => schemaText(a) === schemaText(b);

const nameOf = (schema: object): string => {
  const { namespace, name } = schema as { namespace?: string; name?: string };
  return namespace === undefined ? String(name) : `${namespace}.${name}`;
};
