import type { FetchedRecord } from './fetch-answer.js';
import {
  type ClusterOptions,
  fetchFrom,
  type KafkaBroker,
  makeCluster,
  produceTo,
  topicIdFrom,
  TRANSACTION,
} from './kafkajs-internals.js';
import { ProduceQueue } from './produce-queue.js';
import { encodeRecordBatch, type ProducerIdentity, type RecordToAppend } from './record-batch.js';

/** The request was not sent: nothing can have come of it. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** What kafkajs' errors tell of the connection. */
interface FailedRequest {
  readonly message?: string;
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

/** What failed may have been asked together with others. */
const TOPIC_ATTEMPTS = 3;
const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

/** A connection to the cluster that heals itself: after a failure the next call connects and looks for leaders anew. */
export class KafkaProtocol {
  readonly #cluster;
  readonly #topics = new Set<string>();
  readonly #requestTimeout: number;
  readonly #queues = new WeakMap<KafkaBroker, ProduceQueue>();
  readonly #asking = new Set<Promise<unknown>>();
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(options: ClusterOptions) {
    this.#requestTimeout = options.requestTimeout;
    this.#cluster = makeCluster(options);
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

  /**
   * The id that the brokers gave the topic when it was made: another topic of the same name has another one.
   * @param partition whose leader is asked: it knows the topic at least as well as what it appends to it
   */
  async topicId(topic: string, partition = 0): Promise<string> {
    return this.#withTopic(topic, async () => topicIdFrom(await this.#leader(topic, partition), topic));
  }

  /** The offset of the first record that each partition of the topic still has. */
  async startOffsets(topic: string): Promise<{ partition: number; offset: number }[]> {
    return this.#offsets(topic, { fromBeginning: true });
  }

  /** The end of each partition of the topic: the offset of the next record. */
  async endOffsets(topic: string): Promise<{ partition: number; offset: number }[]> {
    return this.#offsets(topic, { fromBeginning: false });
  }

  /** The first offset of each partition of the topic that was appended at a time or later; -1 where there is none yet. */
  async offsetsAt(topic: string, timestampMs: number): Promise<{ partition: number; offset: number }[]> {
    return this.#offsets(topic, { fromTimestamp: timestampMs });
  }

  /** The end of one partition, as its leader knows it. */
  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, false);
  }

  /** The first offset that one partition still has. */
  async startOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, true);
  }

  /** Records from an offset on, at most about `maxBytes`; none, at once, at the end of the log. */
  async fetch(topic: string, partition: number, offset: number, maxBytes: number): Promise<FetchedRecord[]> {
    return this.#withTopic(topic, async () => {
      const broker = await this.#leader(topic, partition);
      return fetchFrom(broker, { topic, partition, offset }, maxBytes);
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

  #offset(topic: string, partition: number, fromBeginning: boolean): Promise<number> {
    return this.#withTopic(topic, async () => {
      const [answer] = await this.#cluster.fetchTopicsOffset([
        { topic, partitions: [{ partition }], fromBeginning },
      ]);
      const found = answer?.partitions[0];
      if (!found) throw new Error(`${topic}/${partition} did not answer`);
      return Number(found.offset);
    });
  }

  #offsets(
    topic: string,
    place: { fromBeginning: boolean } | { fromTimestamp: number },
  ): Promise<{ partition: number; offset: number }[]> {
    return this.#withTopic(topic, async () => {
      const partitions = this.#cluster
        .findTopicPartitionMetadata(topic)
        .map((p) => ({ partition: p.partitionId }));
      const [answer] = await this.#cluster.fetchTopicsOffset([{ topic, partitions, ...place }]);
      if (answer?.partitions.length !== partitions.length)
        throw new Error(`not every partition of ${topic} answered`);
      return answer.partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) }));
    });
  }

  #withTopic<Answer>(topic: string, ask: () => Promise<Answer>): Promise<Answer> {
    return this.#healing(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          if (!this.#topics.has(topic)) {
            await this.#cluster.addMultipleTargetTopics([topic]);
            // The answer may be that to a question of a moment ago, which did not name it.
            if (this.#cluster.findTopicPartitionMetadata(topic).length === 0)
              await this.#cluster.refreshMetadata();
            this.#topics.add(topic);
          }
          await this.#cluster.refreshMetadataIfNecessary();
          return await ask();
        } catch (error) {
          if ((error as FailedRequest).type !== UNKNOWN_TOPIC) throw error;
          this.#forgetTopics();
          // It may be another one that is gone.
          if (attempt === TOPIC_ATTEMPTS) throw error;
        }
      }
    });
  }

  /** Topics are asked for together, so that one that is gone keeps all others from answering. Each comes back by itself. */
  #forgetTopics(): void {
    this.#topics.clear();
    this.#cluster.targetTopics.clear();
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
    const queue = new ProduceQueue((batches) => produceTo(broker, batches, this.#requestTimeout));
    this.#queues.set(broker, queue);
    return queue;
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
  async #forget({ host, port, broker, message }: FailedRequest): Promise<void> {
    // A request that timed out names its broker as one text: its connection may be dead without saying so.
    const [, brokerHost, brokerPort] = /^(.+):(\d+)$/.exec(broker ?? '') ?? [];
    // A broker that hung when it was asked for its versions counts as connected, and is of no use ever after.
    if (message === 'Broker not connected') await this.#cluster.disconnect();
    if (host && port) this.#cluster.removeBroker({ host, port });
    else if (brokerHost) this.#cluster.removeBroker({ host: brokerHost, port: Number(brokerPort) });
    if (this.#cluster.isConnected()) await this.#cluster.refreshMetadata().catch(() => undefined);
  }
}
