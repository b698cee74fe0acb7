import { LogUnavailableError } from '#libs/kernel';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import {
  type BrokerFacts,
  type PartitionFacts,
  PRODUCER_EXPIRATION,
  type SettingValues,
  type TopicFacts,
  TRANSACTIONAL_ID_EXPIRATION,
  type Unknown,
} from './cluster-facts.js';
import { reasonOf } from './missing-right.js';

const BROKER_SETTINGS = [PRODUCER_EXPIRATION, TRANSACTIONAL_ID_EXPIRATION];

/** Collects a cluster's facts; whatever is forbidden or unanswered is recorded as unknown. */
export class ClusterInspection {
  readonly #admin: Admin;

  private constructor(kafka: Kafka) {
    // The operator is waiting, so an unreachable cluster is reported at once.
    this.#admin = kafka.admin({ retry: { retries: 2 } });
  }

  /** @throws LogUnavailableError when no broker answers. */
  static async open(kafka: Kafka): Promise<ClusterInspection> {
    const inspection = new ClusterInspection(kafka);
    try {
      await inspection.#admin.connect();
    } catch (error) {
      throw new LogUnavailableError(`no broker answers: ${(error as Error).message}`, { cause: error });
    }
    return inspection;
  }

  async brokers(): Promise<{ clusterId: string; brokers: BrokerFacts[] }> {
    const { clusterId, brokers } = await this.#admin.describeCluster();
    const facts = brokers.map(async ({ nodeId }) => ({
      id: nodeId,
      settings: await this.#settings('BROKER', String(nodeId), BROKER_SETTINGS),
    }));
    return { clusterId, brokers: await Promise.all(facts) };
  }

  async topicNames(): Promise<string[]> {
    return this.#admin.listTopics();
  }

  /** @param existing the topics that there are: asking for others would fail, or make them. */
  async topic(topic: string, existing: readonly string[]): Promise<TopicFacts> {
    if (!existing.includes(topic)) return { topic, partitions: undefined, settings: {} };
    const [partitions, settings] = await Promise.all([
      this.#partitions(topic),
      this.#settings('TOPIC', topic),
    ]);
    return { topic, partitions, settings };
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  async #partitions(topic: string): Promise<PartitionFacts[] | Unknown> {
    try {
      const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
      return (topics[0]?.partitions ?? []).map(({ replicas, isr }) => ({
        replicas: replicas.length,
        inSync: isr.length,
      }));
    } catch (error) {
      return { unknown: reasonOf(error, { topic: `DESCRIBE on topic ${topic}` }) };
    }
  }

  async #settings(
    kind: 'BROKER' | 'TOPIC',
    name: string,
    configNames?: string[],
  ): Promise<SettingValues | Unknown> {
    const type = kafkajs.ConfigResourceTypes[kind];
    try {
      const { resources } = await this.#admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type, name, ...(configNames && { configNames }) }],
      });
      const entries = resources[0]?.configEntries ?? [];
      return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
    } catch (error) {
      const where = kind === 'BROKER' ? 'the cluster' : `topic ${name}`;
      const right = `DESCRIBE_CONFIGS on ${where}`;
      return { unknown: reasonOf(error, { cluster: right, topic: right }) };
    }
  }
}
