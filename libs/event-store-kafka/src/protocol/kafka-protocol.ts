import { createRequire } from 'node:module';
import type { ISocketFactory } from 'kafkajs';

/**
 * The one place that reaches below the public interface of kafkajs (pinned to 2.2.4), for what that cannot do: to
 * read any partition from any offset without a group. Everything that comes out of it has types of our own.
 */
const load = createRequire(import.meta.url);
const Cluster = load('kafkajs/src/cluster') as new (options: object) => KafkaCluster;
const { createLogger } = load('kafkajs/src/loggers') as { createLogger: (options: object) => unknown };
const socketFactory = load('kafkajs/src/network/socketFactory') as () => ISocketFactory;

interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  findBroker(broker: { nodeId: number }): Promise<KafkaBroker>;
  removeBroker(address: { host: string; port: number }): void;
  fetchTopicsOffset(
    topics: readonly { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

interface KafkaBroker {
  fetch(
    request: object,
  ): Promise<{ responses: { partitions: { messages: LogRecord[]; highWatermark: string }[] }[] }>;
}

/** A record as kafkajs decodes it: also control records, which are not events. */
export interface LogRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
}

export interface FetchedRecords {
  readonly records: readonly LogRecord[];
  /** End of the log for readers, as the partition's leader knew it. */
  readonly highWatermark: number;
}

export interface KafkaProtocolOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Milliseconds. */
  readonly requestTimeout: number;
}

/** What kafkajs' errors tell of the connection. */
interface FailedRequest {
  readonly host?: string;
  readonly port?: number;
  readonly broker?: string;
}

const READ_COMMITTED = 1;

/** A connection to the cluster that heals itself: after a failure the next call connects and looks for leaders anew. */
export class KafkaProtocol {
  readonly #cluster: KafkaCluster;
  readonly #topics = new Set<string>();
  #connecting: Promise<void> | undefined;

  constructor({ brokers, clientId, requestTimeout }: KafkaProtocolOptions) {
    this.#cluster = new Cluster({
      logger: createLogger({ level: 0, logCreator: () => () => undefined }),
      socketFactory: socketFactory(),
      brokers,
      clientId,
      connectionTimeout: Math.min(1_000, requestTimeout),
      requestTimeout,
      enforceRequestTimeout: true,
      metadataMaxAge: 60_000,
      maxInFlightRequests: null,
      retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200 },
      allowAutoTopicCreation: false,
      isolationLevel: READ_COMMITTED,
    });
  }

  async partitionCount(topic: string): Promise<number> {
    return this.#withTopic(topic, async () => {
      const count = this.#cluster.findTopicPartitionMetadata(topic).length;
      if (count === 0) throw new Error(`topic ${topic} does not exist`);
      return count;
    });
  }

  /** The end of each partition of the topic: the offset of the next record. */
  async endOffsets(topic: string): Promise<{ partition: number; offset: number }[]> {
    return this.#withTopic(topic, async () => {
      const partitions = this.#cluster
        .findTopicPartitionMetadata(topic)
        .map((p) => ({ partition: p.partitionId }));
      const [answer] = await this.#cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: false }]);
      if (answer?.partitions.length !== partitions.length)
        throw new Error(`not every partition of ${topic} answered`);
      return answer.partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) }));
    });
  }

  /** Records from an offset on, at most about `maxBytes`; none, at once, at the end of the log. */
  async fetch(topic: string, partition: number, offset: number, maxBytes: number): Promise<FetchedRecords> {
    return this.#withTopic(topic, async () => {
      const leader = this.#cluster
        .findTopicPartitionMetadata(topic)
        .find((p) => p.partitionId === partition)?.leader;
      if (leader === undefined || leader < 0) throw new Error(`${topic}/${partition} has no leader`);
      const broker = await this.#cluster.findBroker({ nodeId: leader });
      const { responses } = await broker.fetch({
        maxWaitTime: 0,
        minBytes: 0,
        maxBytes,
        isolationLevel: READ_COMMITTED,
        topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
      });
      const answer = responses[0]?.partitions[0];
      if (!answer) throw new Error(`${topic}/${partition}: the answer to a fetch has no partition`);
      // A batch is fetched whole, so it may begin before the offset that was asked for.
      const records = answer.messages.filter((record) => Number(record.offset) >= offset);
      return { records, highWatermark: Number(answer.highWatermark) };
    });
  }

  async disconnect(): Promise<void> {
    await this.#cluster.disconnect();
  }

  async #withTopic<Answer>(topic: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      await this.#connect();
      if (!this.#topics.has(topic)) {
        await this.#cluster.addMultipleTargetTopics([topic]);
        this.#topics.add(topic);
      }
      await this.#cluster.refreshMetadataIfNecessary();
      return await ask();
    } catch (error) {
      await this.#forget(error as FailedRequest);
      throw error;
    }
  }

  /** One attempt to connect at a time, shared by all that wait. */
  async #connect(): Promise<void> {
    if (this.#cluster.isConnected()) return;
    this.#connecting ??= this.#cluster.connect().finally(() => {
      this.#connecting = undefined;
    });
    await this.#connecting;
  }

  /** Whatever failed: leaders may have moved, and a broken connection must not be used again. */
  async #forget({ host, port, broker }: FailedRequest): Promise<void> {
    // A request that timed out names its broker as one text: its connection may be dead without saying so.
    const [, brokerHost, brokerPort] = /^(.+):(\d+)$/.exec(broker ?? '') ?? [];
    if (host && port) this.#cluster.removeBroker({ host, port });
    else if (brokerHost) this.#cluster.removeBroker({ host: brokerHost, port: Number(brokerPort) });
    if (this.#cluster.isConnected()) await this.#cluster.refreshMetadata().catch(() => undefined);
  }
}
