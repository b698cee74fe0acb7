import { createRequire } from 'node:module';
import type { ISocketFactory } from 'kafkajs';
import { ProduceQueue, type QueuedBatch } from './produce-queue.js';
import { encodeProduceRequest } from './produce-request.js';
import { encodeRecordBatch, type ProducerIdentity, type RecordToAppend } from './record-batch.js';

/**
 * The one place that reaches below the public interface of kafkajs (pinned to 2.2.4), for what that cannot do: to
 * read any partition from any offset without a group, and to append under a producer id, epoch and sequence of our
 * own. Everything that comes out of it has types of our own; failures keep the broker's error name in `type`.
 */
const load = createRequire(import.meta.url);
const Cluster = load('kafkajs/src/cluster') as new (options: object) => KafkaCluster;
const { createLogger } = load('kafkajs/src/loggers') as { createLogger: (options: object) => unknown };
const socketFactory = load('kafkajs/src/network/socketFactory') as () => ISocketFactory;
const Encoder = load('kafkajs/src/protocol/encoder') as new (size: number) => KafkaEncoder;
const produceResponse = load('kafkajs/src/protocol/requests/produce/v7/response') as { decode: unknown };
const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};
const { TRANSACTION } = load('kafkajs/src/protocol/coordinatorTypes') as { TRANSACTION: number };

interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  findBroker(broker: { nodeId: number }): Promise<KafkaBroker>;
  findGroupCoordinator(group: { groupId: string; coordinatorType: number }): Promise<KafkaBroker>;
  removeBroker(address: { host: string; port: number }): void;
  fetchTopicsOffset(
    topics: readonly { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

interface KafkaBroker {
  fetch(request: object): Promise<{ responses: { partitions: { messages: RawRecord[] }[] }[] }>;
  readonly connectionPool: { send<Answer>(exchange: object): Promise<Answer> };
  disconnect(): Promise<void>;
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>;
  addPartitionsToTxn(request: object): Promise<unknown>;
  endTxn(request: object): Promise<unknown>;
}

interface KafkaEncoder {
  writeBufferInternal(buffer: Buffer): void;
}

interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset: string;
    }[];
  }[];
}

interface RawRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: ProducerIdentity;
}

/** A record as kafkajs decodes it: also control records, which are not events. */
export interface LogRecord extends ProducerIdentity {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
}

/** The request was not sent: nothing can have come of it. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
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
  /** The broker's name of the error, if it answered. */
  readonly type?: string;
}

/** Errors that say nothing about who leads what. */
const NOT_OF_THE_CLUSTER = new Set([
  'CONCURRENT_TRANSACTIONS',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TXN_STATE',
  'MESSAGE_TOO_LARGE',
]);

/** An error that kafkajs has no name for. */
export const PRODUCER_FENCED = 90;

const READ_COMMITTED = 1;
/** The highest version that kafkajs can decode the answer of. */
const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce', expectResponse: () => true };

/** A connection to the cluster that heals itself: after a failure the next call connects and looks for leaders anew. */
export class KafkaProtocol {
  readonly #cluster: KafkaCluster;
  readonly #topics = new Set<string>();
  readonly #requestTimeout: number;
  readonly #queues = new WeakMap<KafkaBroker, ProduceQueue>();
  readonly #asking = new Set<Promise<unknown>>();
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor({ brokers, clientId, requestTimeout }: KafkaProtocolOptions) {
    this.#requestTimeout = requestTimeout;
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

  get closed(): boolean {
    return this.#closed;
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

  /** The end of one partition, as its leader knows it. */
  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#withTopic(topic, async () => {
      const [answer] = await this.#cluster.fetchTopicsOffset([
        { topic, partitions: [{ partition }], fromBeginning: false },
      ]);
      const end = answer?.partitions[0];
      if (!end) throw new Error(`${topic}/${partition} did not answer`);
      return Number(end.offset);
    });
  }

  /** Records from an offset on, at most about `maxBytes`; none, at once, at the end of the log. */
  async fetch(topic: string, partition: number, offset: number, maxBytes: number): Promise<LogRecord[]> {
    return this.#withTopic(topic, async () => {
      const broker = await this.#leader(topic, partition);
      const { responses } = await broker.fetch({
        maxWaitTime: 0,
        minBytes: 0,
        maxBytes,
        isolationLevel: READ_COMMITTED,
        topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
      });
      const answer = responses[0]?.partitions[0];
      if (!answer) throw new Error(`${topic}/${partition}: the answer to a fetch has no partition`);
      const records: LogRecord[] = [];
      for (const record of answer.messages) {
        // A batch is fetched whole, so it may begin before the offset that was asked for.
        if (Number(record.offset) < offset) continue;
        const { producerId, producerEpoch } = record.batchContext;
        const { key, value, isControlRecord } = record;
        records.push({ offset: record.offset, key, value, isControlRecord, producerId, producerEpoch });
      }
      return records;
    });
  }

  /**
   * Appends one batch as the given producer; not part of a transaction.
   * @returns the offset of its first record.
   * @throws NotSentError when nothing was sent; any other error may come from after the append.
   */
  async produce(
    topic: string,
    partition: number,
    producer: ProducerIdentity,
    firstSequence: number,
    records: readonly RecordToAppend[],
  ): Promise<number> {
    return this.#withTopic(topic, async () => {
      const broker = await this.#leader(topic, partition).catch((error: unknown) => {
        throw new NotSentError((error as Error).message, { cause: error });
      });
      const batch = encodeRecordBatch(producer, firstSequence, records, Date.now());
      return this.#queueOf(broker).add({ topic, partition, batch });
    });
  }

  /** Takes the transactional id over: its next epoch, and the abort of what its former holder left open. */
  async initProducer(transactionalId: string, transactionTimeout: number): Promise<ProducerIdentity> {
    return this.#withCoordinator(transactionalId, async (coordinator) => {
      const { producerId, producerEpoch } = await coordinator.initProducerId({
        transactionalId,
        transactionTimeout,
      });
      return { producerId, producerEpoch };
    });
  }

  /** Opens a transaction that has this partition in it. */
  async addToTransaction(
    transactionalId: string,
    producer: ProducerIdentity,
    topic: string,
    partition: number,
  ): Promise<void> {
    await this.#withCoordinator(transactionalId, (coordinator) =>
      coordinator.addPartitionsToTxn({
        transactionalId,
        ...producer,
        topics: [{ topic, partitions: [partition] }],
      }),
    );
  }

  /** Has an abort marker written into every partition of the open transaction, some time after the answer. */
  async abortTransaction(transactionalId: string, producer: ProducerIdentity): Promise<void> {
    await this.#withCoordinator(transactionalId, (coordinator) =>
      coordinator.endTxn({ transactionalId, ...producer, transactionResult: false }),
    );
  }

  /**
   * Whether this producer is still the last that took the transactional id over. Asked by ending a transaction that is
   * not there: the coordinator looks at the epoch first, and changes nothing.
   */
  async isCurrentProducer(transactionalId: string, producer: ProducerIdentity): Promise<boolean> {
    try {
      await this.abortTransaction(transactionalId, producer);
      throw new Error(`${transactionalId} has a transaction, and should not`);
    } catch (error) {
      const { type, code } = error as { type?: string; code?: number };
      if (type === 'INVALID_TXN_STATE') return true;
      if (
        type === 'INVALID_PRODUCER_EPOCH' ||
        type === 'INVALID_PRODUCER_ID_MAPPING' ||
        code === PRODUCER_FENCED
      )
        return false;
      throw error;
    }
  }

  /** Fails what is under way, and all that comes later. */
  async disconnect(): Promise<void> {
    this.#closed = true;
    await this.#cluster.disconnect();
    // What was under way may have connected again on its way to failure.
    await Promise.allSettled(this.#asking);
    await this.#cluster.disconnect();
  }

  #withTopic<Answer>(topic: string, ask: () => Promise<Answer>): Promise<Answer> {
    return this.#healing(async () => {
      if (!this.#topics.has(topic)) {
        await this.#cluster.addMultipleTargetTopics([topic]);
        this.#topics.add(topic);
      }
      await this.#cluster.refreshMetadataIfNecessary();
      return ask();
    });
  }

  #withCoordinator<Answer>(
    transactionalId: string,
    ask: (coordinator: KafkaBroker) => Promise<Answer>,
  ): Promise<Answer> {
    return this.#healing(async () =>
      ask(
        await this.#cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: TRANSACTION }),
      ),
    );
  }

  #queueOf(broker: KafkaBroker): ProduceQueue {
    const known = this.#queues.get(broker);
    if (known) return known;
    const queue = new ProduceQueue((batches) => this.#send(broker, batches));
    this.#queues.set(broker, queue);
    return queue;
  }

  async #send(broker: KafkaBroker, batches: readonly QueuedBatch[]): Promise<(number | Error)[]> {
    const body = encodeProduceRequest(batches, this.#requestTimeout);
    const encoder = new Encoder(body.length);
    encoder.writeBufferInternal(body);
    try {
      const { topics } = await broker.connectionPool.send<ProduceAnswer>({
        request: { ...PRODUCE, encode: async () => encoder },
        // Errors are each partition's own; kafkajs would take the first for all of them.
        response: { decode: produceResponse.decode, parse: async (answer: ProduceAnswer) => answer },
      });
      const answers = new Map<string, number | Error>();
      for (const { topicName, partitions } of topics) {
        for (const { partition, errorCode, baseOffset } of partitions) {
          const answer = errorCode === 0 ? Number(baseOffset) : createErrorFromCode(errorCode);
          answers.set(`${topicName}/${partition}`, answer);
        }
      }
      return batches.map(
        ({ topic, partition }) => answers.get(`${topic}/${partition}`) ?? new Error('there is no answer'),
      );
    } catch (error) {
      if ((error as Error).name === 'KafkaJSConnectionClosedError') await broker.disconnect();
      throw error;
    }
  }

  async #leader(topic: string, partition: number): Promise<KafkaBroker> {
    const leader = this.#cluster
      .findTopicPartitionMetadata(topic)
      .find((p) => p.partitionId === partition)?.leader;
    if (leader === undefined || leader < 0) throw new Error(`${topic}/${partition} has no leader`);
    return this.#cluster.findBroker({ nodeId: leader });
  }

  #healing<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const asking = this.#heal(ask).finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
    return asking;
  }

  async #heal<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.#closed) throw new NotSentError('the connection to Kafka is closed');
    await this.#connect().catch((error: unknown) => {
      throw new NotSentError((error as Error).message, { cause: error });
    });
    try {
      return await ask();
    } catch (error) {
      const cause = (error instanceof NotSentError ? error.cause : error) as FailedRequest;
      if (!cause.type || !NOT_OF_THE_CLUSTER.has(cause.type)) await this.#forget(cause);
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
