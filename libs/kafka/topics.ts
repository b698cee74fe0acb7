import { asError, systemClock } from '#libs/kernel';
import kafkajs, { type Admin, type Kafka, type KafkaJSProtocolError } from 'kafkajs';

export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
}

const MAX_BYTES = 'max.message.bytes';

/** How long leaders of new topics may take to start serving them. */
const LEADER_PATIENCE_MS = 30_000;
const LEADER_PAUSE_MS = 20;

/**
 * Settings that make a topic an event store. Events are kept for ever and never compacted. The broker sets timestamps,
 * because a back-dated record would make it forget its producers. A replica that lacks acknowledged records never leads.
 * Records are stored uncompressed, because readers know only gzip and one unreadable record would stop them all.
 */
const EVENT_TOPIC_SETTINGS = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'message.timestamp.type': 'LogAppendTime',
  'unclean.leader.election.enable': 'false',
  'compression.type': 'uncompressed',
  // Room for one command batch.
  [MAX_BYTES]: '8388608',
};

/** Creates missing event topics and waits until they are ready. @returns the names of the new topics */
export const createTopics = (kafka: Kafka, plans: readonly TopicPlan[]): Promise<string[]> =>
  makeTopics(kafka, plans, EVENT_TOPIC_SETTINGS);

export async function makeTopics(
  kafka: Kafka,
  plans: readonly TopicPlan[],
  settings: Readonly<Record<string, string>>,
): Promise<string[]> {
  return withAdmin(kafka.admin(), async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = plans.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return [];
    const creating = admin.createTopics({
      // kafkajs would give up if a broker has not heard of the topic yet.
      waitForLeaders: false,
      topics: missing.map(({ topic, partitions, replication }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries({
          ...settings,
          'min.insync.replicas': String(Math.max(1, replication - 1)),
        }).map(([name, value]) => ({ name, value })),
      })),
    });
    await creating.catch((error: unknown) => {
      throw withReasons(error);
    });
    for (const { topic } of missing) await untilServed(admin, topic);
    return missing.map(({ topic }) => topic);
  });
}

/** kafkajs says no more than that there were errors. */
function withReasons(error: unknown): Error {
  const { errors = [] } = error as { errors?: readonly { topic: string; message: string }[] };
  if (errors.length === 0) return asError(error);
  const reasons = errors.map(({ topic, message }) => `topic ${topic} was not created: ${message}`);
  return new Error(reasons.join('; '), { cause: error });
}

/** Metadata names a leader before that broker knows it leads; until then it rejects requests. */
async function untilServed(admin: Admin, topic: string): Promise<void> {
  const deadline = performance.now() + LEADER_PATIENCE_MS;
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (!(error as KafkaJSProtocolError).retriable || performance.now() > deadline) throw error;
      await systemClock.sleep(LEADER_PAUSE_MS);
    }
  }
}

/** Describes each setting that keeps an existing topic from being an event store. */
export async function topicFaults(kafka: Kafka, topic: string): Promise<string[]> {
  return withAdmin(kafka.admin(), async (admin) => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    });
    const found = Object.fromEntries(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [],
    );
    return settingFaults(found).map(
      ({ name, value, wanted }) => `${topic}: ${name} is ${value}, and should be ${wanted}`,
    );
  });
}

/** Connects the client for the duration of the work. */
export async function withAdmin<Result>(
  admin: Admin,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

interface SettingFault {
  readonly name: string;
  readonly value: string | undefined;
  readonly wanted: string;
}

export const settingFaults = (found: Readonly<Record<string, string>>): SettingFault[] =>
  Object.entries(EVENT_TOPIC_SETTINGS)
    .filter(([name, wanted]) => !isFit(name, found[name], wanted))
    .map(([name, wanted]) => ({
      name,
      value: found[name],
      wanted: name === MAX_BYTES ? `${wanted} or more` : wanted,
    }));

const isFit = (name: string, found: string | undefined, wanted: string): boolean =>
  name === MAX_BYTES ? Number(found) >= Number(wanted) : found === wanted;
