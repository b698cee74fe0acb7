import { EVENT_CONTRACTS, EVENT_TOPICS } from '#libs/contracts';
import type { Finding } from '../doctor/finding.js';
import { type AgreedTopic, type LogManifest, schemaText } from './log-manifest.js';

/** A topic as it is now. */
export interface PresentTopic {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: number;
  /** First offset that each partition still has. */
  readonly begins: readonly number[];
}

/** What the registry says now, by id; `undefined` under an id that it does not know. */
export type PresentSchemas = ReadonlyMap<number, object | undefined>;

/** Something that is not as it was written down. */
export interface Difference extends Finding {
  /** The topic whose commands and readers wait until a person has decided. */
  readonly stops?: string;
}

const HOW = 'docs/operations.md, "When the surroundings of the log have changed"';

export function topicDifferences(manifest: LogManifest, present: readonly PresentTopic[]): Difference[] {
  return present.flatMap((now) => {
    const agreed = manifest.topics.get(now.topic);
    return agreed ? differencesOf(agreed, now) : [];
  });
}

function differencesOf(agreed: AgreedTopic, now: PresentTopic): Difference[] {
  const { topic, topicId, partitions, begins } = now;
  const about = `topic ${topic}`;
  if (topicId !== agreed.topicId || partitions < agreed.partitions) {
    return [
      {
        level: 'fail',
        promise: 1,
        about,
        is: `another topic than the one that was deployed (id ${topicId} instead of ${agreed.topicId})`,
        follows: `what was in it is gone: its commands and readers wait. Restore it, or begin anew: ${HOW}`,
        stops: topic,
      },
    ];
  }
  const differences: Difference[] = [];
  if (partitions > agreed.partitions) {
    differences.push({
      level: 'warn',
      about,
      is: `${partitions} partitions, of which ${agreed.partitions} are in use`,
      follows:
        `streams stay where they are, and new ones go to the first ${agreed.partitions}: nothing is lost. Clients ` +
        `that work out a stream's partition by themselves must go on with ${agreed.partitions}`,
    });
  }
  begins.forEach((begin, partition) => {
    const expected = agreed.begins[partition] ?? 0;
    if (begin <= expected) return;
    differences.push({
      level: 'fail',
      promise: 1,
      about: `${topic}/${partition}`,
      is: `begins at ${begin} instead of ${expected}`,
      follows:
        `the records before are gone. Whoever has not read them waits there. To go on without them: ` +
        `"orderstream log accept ${topic}/${partition}@${begin}", see ${HOW}`,
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
    differences.push({ level: 'fail', about: `schema id ${id}`, is, follows: READERS });
  }
  if (missing.length > 0) {
    const ids = missing.toSorted((a, b) => a - b).join(', ');
    differences.push({
      level: 'warn',
      about: `schema ids ${ids}`,
      is: 'not in the registry',
      follows: READERS,
    });
  }
  return differences;
}

const READERS =
  'events are written and read by what was written down, so nothing wrong is served; other Avro clients read by the ' +
  `registry, and cannot. Restore the registry: ${HOW}`;

/** What this code cannot begin without. */
export function missingFrom(manifest: LogManifest): string | undefined {
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
