import { type Position, systemClock, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { KafkaConnection } from '../connection/connection-options.js';
import type { FetchedRecord } from './fetch-answer.js';
import {
  fetchFrom,
  fetchFromAll,
  fetchWholeFrom,
  type KafkaBroker,
  makeCluster,
  type PartitionLeader,
  partitionsKnownTo,
  produceTo,
  topicIdFrom,
  TRANSACTION,
} from './kafkajs-internals.js';
import type { WholeRecord } from './whole-record.js';
import { ProduceQueue } from './produce-queue.js';
import { encodeRecordBatch, type ProducerIdentity, type RecordToAppend } from './record-batch.js';

/** The request was not sent, so it had no effect. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** The brokers are still choosing a leader, or the one that was asked has not heard of it. */
export class NoLeaderError extends Error {
  override readonly name = 'NoLeaderError';
}

interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

interface FailedRequest {
  readonly message?: string;
  readonly host?: string;
  readonly port?: number;
  readonly broker?: string;
  readonly type?: string;
}

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';
/** A topic that has just been created. */
const NO_LEADER_YET = 'LEADER_NOT_AVAILABLE';

/** Errors that say nothing about partition leaders, or come after a look at them. */
const NOT_OF_THE_CLUSTER = new Set([
  'CONCURRENT_TRANSACTIONS',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TXN_STATE',
  'MESSAGE_TOO_LARGE',
  UNKNOWN_TOPIC,
]);

/** An error code that kafkajs has no name for. */
export const PRODUCER_FENCED = 90;

const NO_LEADER = -1;

interface Led<At> {
  readonly led: ReadonlyMap<number, readonly At[]>;
  readonly failed: readonly At[];
}

/** The second asks the brokers for the topic's partitions, because what is known of them may be outdated. */
const TOPIC_ATTEMPTS = 2;
/** Looks at the topic's partitions that may have been requested before the topic was wanted. */
const EARLIER_LOOKS = 2;
const LEADER_PAUSE_MS = 50;

/** A self-healing connection to the cluster: after a failure, the next call reconnects and looks up leaders again. */
export class KafkaProtocol {
  readonly #cluster;
  readonly #queues = new WeakMap<KafkaBroker, ProduceQueue>();
  readonly #asking = new Set<Promise<unknown>>();
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly options: KafkaConnection) {
    this.#cluster = makeCluster(options);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Connections of its own to the same brokers. */
  another(): KafkaProtocol {
    return new KafkaProtocol(this.options);
  }

  async partitionCount(topic: string): Promise<number> {
    return this.#withTopic(topic, async () => {
      const count = this.#partitions(topic).length;
      if (count === 0) throw new Error(`topic ${topic} does not exist`);
      return count;
    });
  }

  /**
   * Returns the topic's id, which differs for a recreated topic of the same name.
   * @param partition its leader is asked, which knows the topic it appends to
   */
  async topicId(topic: string, partition = 0): Promise<string> {
    return this.#withTopic(topic, async () => topicIdFrom(await this.#leader(topic, partition), topic));
  }

  startOffsets(topic: string): Promise<PartitionOffset[]> {
    return this.#offsets(topic, { fromBeginning: true });
  }

  /** Returns the end of each partition of the topic: the offset of the next record. */
  endOffsets(topic: string): Promise<PartitionOffset[]> {
    return this.#offsets(topic, { fromBeginning: false });
  }

  /** Returns each partition's first offset appended at a time or later; -1 if there is none. */
  offsetsAt(topic: string, timestampMs: number): Promise<PartitionOffset[]> {
    return this.#offsets(topic, { fromTimestamp: timestampMs });
  }

  /** Returns the end of one partition, according to its leader. */
  endOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, false);
  }

  startOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, true);
  }

  /** Returns records from an offset on, about `maxBytes` at most; at the end of the log, returns none at once. */
  async fetch(topic: string, partition: number, offset: number, maxBytes: number): Promise<FetchedRecord[]> {
    return this.#withTopic(topic, async () => {
      const broker = await this.#leader(topic, partition);
      return fetchFrom(broker, { topic, partition, offset }, maxBytes);
    });
  }

  /** The same with times and all headers, for people who look at single records. */
  async fetchWhole(from: Position, maxBytes: number): Promise<WholeRecord[]> {
    return this.#withTopic(from.topic, async () =>
      fetchWholeFrom(await this.#leader(from.topic, from.partition), from, maxBytes),
    );
  }

  /** Groups partitions by the id of the broker that leads them. Those for which no leader is found have failed. */
  async byLeader<At extends TopicPartition>(places: readonly At[]): Promise<Led<At>> {
    const led = new Map<number, At[]>();
    const failed: At[] = [];
    const topics = [...new Set(places.map(({ topic }) => topic))];
    const leaders = await Promise.all(topics.map((topic) => this.#leadersOf(topic)));
    for (const place of places) {
      const leader = leaders[topics.indexOf(place.topic)]?.get(place.partition) ?? NO_LEADER;
      const same = led.get(leader);
      if (leader < 0) failed.push(place);
      else if (same) same.push(place);
      else led.set(leader, [place]);
    }
    return { led, failed };
  }

  async #leadersOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const found = this.#withTopic(topic, async () => this.#partitions(topic));
    const partitions = await found.catch(() => []);
    return new Map(partitions.map(({ partitionId, leader }) => [partitionId, leader]));
  }

  /**
   * Waits until one of the partitions has records from its offset on.
   * @param leader of all of them
   * @param waitMs the longest wait
   * @returns the records of each partition, none if there are none yet, or its error
   */
  async fetchNew(
    leader: number,
    from: readonly Position[],
    waitMs: number,
  ): Promise<readonly (readonly FetchedRecord[] | Error)[]> {
    return this.#healing(async () => {
      const broker = await this.#cluster.findBroker({ nodeId: leader });
      const answers = await fetchFromAll(broker, from, waitMs);
      // Leaders may have moved.
      if (answers.some((answer) => answer instanceof Error))
        await this.#cluster.refreshMetadata().catch(() => undefined);
      return answers;
    });
  }

  /**
   * Appends one batch as the given producer; not part of a transaction.
   * @returns the offset of its first record.
   * @throws NotSentError if nothing was sent; after any other error, the append may have happened
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

  /** Takes over the transactional id: gets its next epoch and aborts its open transaction. */
  async initProducer(transactionalId: string, transactionTimeout: number): Promise<ProducerIdentity> {
    return this.#withCoordinator(transactionalId, async (coordinator) => {
      const { producerId, producerEpoch } = await coordinator.initProducerId({
        transactionalId,
        transactionTimeout,
      });
      return { producerId, producerEpoch };
    });
  }

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

  /** Aborts the open transaction. The markers reach its partitions some time after the response. */
  async abortTransaction(transactionalId: string, producer: ProducerIdentity): Promise<void> {
    await this.#withCoordinator(transactionalId, (coordinator) =>
      coordinator.endTxn({ transactionalId, ...producer, transactionResult: false }),
    );
  }

  /**
   * Whether this producer was the last to take over the transactional id. Ends a transaction that does not exist: the
   * coordinator checks the epoch first and changes nothing.
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

  /** Fails running and later calls. */
  async disconnect(): Promise<void> {
    this.#closed = true;
    await this.#cluster.disconnect();
    // A failing call may have reconnected meanwhile.
    await Promise.allSettled(this.#asking);
    await this.#cluster.disconnect();
  }

  async #offset(topic: string, partition: number, fromBeginning: boolean): Promise<number> {
    const [found] = await this.#offsets(topic, { fromBeginning }, [{ partition }]);
    return (found as PartitionOffset).offset;
  }

  #offsets(
    topic: string,
    place: { fromBeginning: boolean } | { fromTimestamp: number },
    only?: { partition: number }[],
  ): Promise<PartitionOffset[]> {
    return this.#withTopic(topic, async () => {
      const all = this.#partitions(topic).map(({ partitionId }) => ({ partition: partitionId }));
      const partitions = only ?? all;
      const [answer] = await this.#cluster.fetchTopicsOffset([{ topic, partitions, ...place }]);
      if (answer?.partitions.length !== partitions.length)
        throw new Error(`not every partition of ${topic} answered`);
      return answer.partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) }));
    });
  }

  /** Asks once the topic's partitions are known. One request finds those of all topics, and no missing one fails the rest. */
  #withTopic<Answer>(topic: string, ask: () => Promise<Answer>): Promise<Answer> {
    const cluster = this.#cluster;
    return this.#healing(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          cluster.targetTopics.add(topic);
          if (attempt === 1) await cluster.refreshMetadataIfNecessary();
          else await cluster.refreshMetadata();
          for (let more = EARLIER_LOOKS; more > 0 && !partitionsKnownTo(cluster, topic); more--)
            await cluster.refreshMetadata();
          return await ask();
        } catch (error) {
          const { type } = error as FailedRequest;
          if ((type !== UNKNOWN_TOPIC && type !== NO_LEADER_YET) || attempt === TOPIC_ATTEMPTS) throw error;
          if (type === NO_LEADER_YET) await systemClock.sleep(LEADER_PAUSE_MS);
        }
      }
    });
  }

  /** @throws the brokers' error of this topic, NoLeaderError */
  #partitions(topic: string): readonly PartitionLeader[] {
    const known = partitionsKnownTo(this.#cluster, topic);
    if (!known) throw new NoLeaderError(`the partitions of ${topic} are not known`);
    return known;
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
    const queue = new ProduceQueue((batches) => produceTo(broker, batches, this.options.requestTimeoutMs));
    this.#queues.set(broker, queue);
    return queue;
  }

  async #leader(topic: string, partition: number): Promise<KafkaBroker> {
    const leader = this.#partitions(topic).find(({ partitionId }) => partitionId === partition)?.leader;
    if (leader === undefined || leader < 0)
      throw new NoLeaderError(`${topicPartitionKey({ topic, partition })} has no leader`);
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

  async #connect(): Promise<void> {
    if (this.#cluster.isConnected()) return;
    this.#connecting ??= this.#cluster.connect().finally(() => {
      this.#connecting = undefined;
    });
    await this.#connecting;
  }

  /** After any failure, leaders may have moved, and a broken connection must not be reused. */
  async #forget({ host, port, broker, message }: FailedRequest): Promise<void> {
    // A timeout names its broker as a single string; that connection may be silently dead.
    const [, brokerHost, brokerPort] = /^(.+):(\d+)$/.exec(broker ?? '') ?? [];
    // kafkajs counts a broker that hung during version negotiation as connected, but it never works again.
    if (message === 'Broker not connected') await this.#cluster.disconnect();
    if (host && port) this.#cluster.removeBroker({ host, port });
    else if (brokerHost) this.#cluster.removeBroker({ host: brokerHost, port: Number(brokerPort) });
    if (this.#cluster.isConnected()) await this.#cluster.refreshMetadata().catch(() => undefined);
  }
}

/** Opens a connection to the cluster for the duration of the work. */
export async function withKafkaProtocol<Result>(
  options: KafkaConnection,
  work: (protocol: KafkaProtocol) => Promise<Result>,
): Promise<Result> {
  const protocol = new KafkaProtocol(options);
  try {
    return await work(protocol);
  } finally {
    await protocol.disconnect();
  }
}
