import { isDeepStrictEqual } from 'node:util';
import { EVENT_CONTRACTS, EVENT_TOPICS } from '#libs/contracts';
import { systemClock } from '#libs/kernel';
import type { Settings } from '#libs/platform';
import { makeKafka } from '../kafka.module.js';
import { type KafkaProtocol, NoLeaderError, withKafkaProtocol } from '../protocol/kafka-protocol.js';
import { registerSchemas } from '../registry/register-schemas.js';
import { type RegisteredVersion, RegistryClient } from '../registry/registry-client.js';
import { type Difference, type PresentTopic, schemaDifferences, topicDifferences } from './differences.js';
import { layoutOf, likelyLayoutOf, sampleStreams } from './layout.js';
import {
  LogManifest,
  type ManifestEntry,
  versionEntry,
  schemaEntry,
  schemaText,
  topicEntry,
} from './log-manifest.js';
import { presentTopics } from './log-environment.js';
import { deployRefusal, levelToDeploy } from './version-level.js';
import { createManifestTopic, readManifest, writeManifest } from './manifest-topic.js';

/** Enough bytes per partition to infer the number by which its streams are laid out. */
const SAMPLE_BYTES = 1_048_576;
const LEADER_PATIENCE_MS = 30_000;
const LEADER_PAUSE_MS = 100;

interface DeployedManifest {
  readonly registered: readonly { readonly subject: string; readonly id: number }[];
  readonly written: readonly string[];
  readonly differences: readonly Difference[];
}

/**
 * Registers the schemas and records what is new: each topic as first seen, each schema under its id. Existing entries stay,
 * and differences from them are reported.
 * @throws if a newer version is deployed, or the registry rejects a schema, or gives it an id that the log uses for another one
 */
export async function deployManifest(settings: Settings): Promise<DeployedManifest> {
  const { registry: address, replication } = settings.kafka;
  const registry = new RegistryClient(address);
  const kafka = makeKafka(settings);
  return withKafkaProtocol(settings.kafka, async (protocol) => {
    await createManifestTopic(kafka, replication);
    const before = await onceThereAreLeaders(() => readManifest(protocol));
    const refusal = deployRefusal(before.version);
    if (refusal !== undefined) throw new Error(refusal);
    const registered = await registerSchemas(address);
    const schemas = await newSchemas(before, registry);
    const present = await onceThereAreLeaders(() => presentTopics(protocol, EVENT_TOPICS));
    const known = LogManifest.of([...before.entries, ...schemas]);
    const topics: ManifestEntry[] = [];
    for (const topic of present) {
      if (before.topics.has(topic.topic)) continue;
      const partitions = await onceThereAreLeaders(() => findLayout(protocol, topic));
      topics.push(topicEntry(topic.topic, { topicId: topic.topicId, partitions, begins: {}, passed: [] }));
    }
    const level = levelToDeploy(before.version, settings.personalData.keys.length > 0);
    const version = isDeepStrictEqual(before.version, level) ? [] : [versionEntry(level)];
    await writeManifest(kafka, [...schemas, ...topics, ...version]);
    const manifest = LogManifest.of([...known.entries, ...topics]);
    const differences = [
      ...topicDifferences(manifest, present),
      ...schemaDifferences(manifest, await registry.schemas(manifest.schemas.keys())),
    ];
    return { registered, written: [...topics, ...schemas, ...version].map(({ key }) => key), differences };
  });
}

/** Some brokers hear late of topics that were made just now. */
async function onceThereAreLeaders<Result>(ask: () => Promise<Result>): Promise<Result> {
  const deadline = systemClock.monotonic() + LEADER_PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isLeaderless(error) || systemClock.monotonic() > deadline) throw error;
      await systemClock.sleep(LEADER_PAUSE_MS);
    }
  }
}

function isLeaderless(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof NoLeaderError) return true;
  return false;
}

async function newSchemas(manifest: LogManifest, registry: RegistryClient): Promise<ManifestEntry[]> {
  const found = new Map<number, object>();
  for (const { subject, schema } of EVENT_CONTRACTS) {
    for (const version of await registry.versions(subject)) {
      if (manifest.idOf(version.schema) === undefined && isFree(manifest, version))
        found.set(version.id, version.schema);
      else if (isSame(version.schema, schema) && manifest.idOf(schema) === undefined)
        throw new Error(
          `the registry gives ${subject} the id ${version.id}, which the log has for another schema: restore the registry`,
        );
    }
  }
  return [...found].map(([id, schema]) => schemaEntry(id, schema));
}

const isFree = (manifest: LogManifest, { id }: RegisteredVersion): boolean => !manifest.schemas.has(id);
const isSame = (a: object, b: object): boolean => schemaText(a) === schemaText(b);

/** A topic with events may have been laid out by a different number of partitions than it has now. */
async function findLayout(protocol: KafkaProtocol, present: PresentTopic): Promise<number> {
  const { topic, partitions } = present;
  const sample = await sampleStreams(protocol, present, SAMPLE_BYTES);
  const layout = layoutOf(sample, partitions);
  if (layout !== undefined) return layout;
  const likely = likelyLayoutOf(sample, partitions);
  throw new Error(
    `topic ${topic}: no number of partitions puts all of its streams where they are, and ${likely} most of them; ` +
      `"orderstream log accept ${topic} --partitions ${likely}" says that this one counts`,
  );
}
