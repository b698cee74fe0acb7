import { type Position, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { createRequire } from 'node:module';
import { connectionOptions, type KafkaConnection } from '../connection/connection-options.js';
import { encodeProduceRequest, type QueuedBatch } from './produce-queue.js';
import { decodeBatches, decodeFetchAnswer, type FetchAnswer, type FetchedRecord } from './fetch-answer.js';
import { type WholeRecord, wholeRecord, type KafkajsRecord } from './whole-record.js';
import { decodeTopicId, encodeTopicIdRequest, TOPIC_METADATA } from './topic-metadata.js';

/**
 * The only code that uses kafkajs internals (pinned to 2.2.4), for what its public API cannot do: reading any partition
 * from any offset without a group, and appending under a given producer id, epoch and sequence.
 */
const load = createRequire(import.meta.url);
const Cluster = load('kafkajs/src/cluster') as new (options: object) => KafkaCluster;
const { createLogger } = load('kafkajs/src/loggers') as { createLogger: (options: object) => unknown };
const Encoder = load('kafkajs/src/protocol/encoder') as new (size: number) => KafkaEncoder;
const produceResponse = load('kafkajs/src/protocol/requests/produce/v7/response') as { decode: unknown };
const metadataRequest = load('kafkajs/src/protocol/requests/metadata/v6/request') as (
  request: object,
) => object;
const metadataResponse = load('kafkajs/src/protocol/requests/metadata/v6/response') as { decode: unknown };
const fetchRequest = load('kafkajs/src/protocol/requests/fetch/v11/request') as (request: object) => object;
const { lookupCodecByAttributes } = load('kafkajs/src/protocol/message/compression') as {
  lookupCodecByAttributes: (attributes: number) => { decompress(compressed: Buffer): Promise<Buffer> };
};
const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: object,
) => Promise<readonly KafkajsRecord[]>;
const Decoder = load('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => object;
const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};
export const { TRANSACTION } = load('kafkajs/src/protocol/coordinatorTypes') as { TRANSACTION: number };

export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  /** The topics whose partitions are asked for. */
  readonly targetTopics: Set<string>;
  readonly brokerPool: {
    createBroker: (options: object) => KafkaBroker;
    readonly metadata: Metadata | null;
  };
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findBroker(broker: { nodeId: number }): Promise<KafkaBroker>;
  /** With KRaft, any broker, which passes on what is for the controller. */
  findControllerBroker(): Promise<KafkaBroker>;
  findGroupCoordinator(group: { groupId: string; coordinatorType: number }): Promise<KafkaBroker>;
  removeBroker(address: { host: string; port: number }): void;
  fetchTopicsOffset(
    topics: readonly ({ topic: string; partitions: { partition: number }[] } & (
      | { fromBeginning: boolean }
      | { fromTimestamp: number }
    ))[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

export interface PartitionLeader {
  readonly partitionId: number;
  /** -1 while there is none. */
  readonly leader: number;
}

interface Metadata {
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly PartitionLeader[];
  }[];
}

export interface KafkaBroker {
  readonly connectionPool: {
    send<Answer>(exchange: object): Promise<Answer>;
  };
  metadata: (topics: readonly string[]) => Promise<Metadata>;
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

const READ_COMMITTED = 1;
/** The highest version whose response kafkajs can decode. */
const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce', expectResponse: () => true };

/** Creates unopened connections to a cluster's brokers, with few retries of their own. */
export function makeCluster(connection: KafkaConnection): KafkaCluster {
  const cluster = new Cluster({
    logger: createLogger({ level: 0, logCreator: () => () => undefined }),
    ...connectionOptions(connection),
    enforceRequestTimeout: true,
    metadataMaxAge: 60_000,
    maxInFlightRequests: null,
    retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200 },
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
  });
  const { brokerPool } = cluster;
  const { createBroker } = brokerPool;
  brokerPool.createBroker = (options) => {
    const broker = createBroker(options);
    broker.metadata = (topics) => metadataFrom(broker, topics);
    return broker;
  };
  return cluster;
}

/** Leaves each topic its own error; kafkajs would throw away what was found of all others. */
const metadataFrom = (broker: KafkaBroker, topics: readonly string[]): Promise<Metadata> =>
  send(broker, {
    request: metadataRequest({ topics, allowAutoTopicCreation: false }),
    response: { decode: metadataResponse.decode, parse: async (answer: Metadata) => answer },
  });

async function send<Answer>(broker: KafkaBroker, exchange: object): Promise<Answer> {
  try {
    return await broker.connectionPool.send<Answer>(exchange);
  } catch (error) {
    if ((error as Error).name === 'KafkaJSConnectionClosedError') await broker.disconnect();
    throw error;
  }
}

/**
 * The partitions of a topic when the cluster was last asked; `undefined` if it was not asked for this topic.
 * @throws the brokers' error of this topic
 */
export function partitionsKnownTo(
  { brokerPool }: KafkaCluster,
  topic: string,
): readonly PartitionLeader[] | undefined {
  const found = brokerPool.metadata?.topicMetadata.find((each) => each.topic === topic);
  if (found && found.topicErrorCode !== 0) throw createErrorFromCode(found.topicErrorCode);
  return found?.partitionMetadata;
}

/** About this much for each fetch of several partitions, and at most this much of each of them. */
const TAIL_BYTES = 4_194_304;
const TAIL_PARTITION_BYTES = 524_288;

export async function fetchFrom(
  broker: KafkaBroker,
  from: Position,
  maxBytes: number,
): Promise<FetchedRecord[]> {
  return recordsIn(await setFrom(broker, from, maxBytes), from.offset);
}

/** The same with times and all headers, which takes several times as long. */
export async function fetchWholeFrom(
  broker: KafkaBroker,
  from: Position,
  maxBytes: number,
): Promise<WholeRecord[]> {
  const set = await setFrom(broker, from, maxBytes);
  const size = Buffer.alloc(4);
  size.writeInt32BE(set.length);
  const records = await decodeMessages(new Decoder(Buffer.concat([size, set])));
  return records.map(wholeRecord).filter(({ offset }) => offset >= from.offset);
}

async function setFrom(broker: KafkaBroker, from: Position, maxBytes: number): Promise<Buffer> {
  const answer = await sendFetch(broker, [from], { maxBytes, ofPartition: maxBytes, waitMs: 0 });
  const error = answer.find(({ errorCode }) => errorCode !== 0);
  if (error) throw createErrorFromCode(error.errorCode);
  const [found] = answer;
  if (!found) throw new Error(`${topicPartitionKey(from)}: the answer to a fetch has no partition`);
  return found.set;
}

/** The records of each partition from its offset on, or its error; waits until there are any. */
export async function fetchFromAll(
  broker: KafkaBroker,
  from: readonly Position[],
  waitMs: number,
): Promise<(FetchedRecord[] | Error)[]> {
  const bounds = { maxBytes: TAIL_BYTES, ofPartition: TAIL_PARTITION_BYTES, waitMs };
  const answers = await sendFetch(broker, from, bounds);
  const found = new Map(answers.map((answer) => [topicPartitionKey(answer), answer]));
  return Promise.all(
    from.map(async (position) => {
      const answer = found.get(topicPartitionKey(position));
      if (!answer) return new Error('the answer to a fetch lacks a partition');
      if (answer.errorCode !== 0) return createErrorFromCode(answer.errorCode);
      return recordsIn(answer.set, position.offset).catch((error: Error) => error);
    }),
  );
}

interface FetchBounds {
  readonly maxBytes: number;
  readonly ofPartition: number;
  readonly waitMs: number;
}

interface PartitionAnswer extends TopicPartition {
  readonly errorCode: number;
  readonly set: Buffer;
}

async function sendFetch(
  broker: KafkaBroker,
  from: readonly Position[],
  { maxBytes, ofPartition, waitMs }: FetchBounds,
): Promise<readonly PartitionAnswer[]> {
  const topics = [...new Set(from.map(({ topic }) => topic))];
  const { responses } = await broker.connectionPool.send<FetchAnswer>({
    request: fetchRequest({
      replicaId: -1,
      maxWaitTime: waitMs,
      minBytes: waitMs > 0 ? 1 : 0,
      maxBytes,
      isolationLevel: READ_COMMITTED,
      topics: topics.map((topic) => ({
        topic,
        partitions: from
          .filter((position) => position.topic === topic)
          .map(({ partition, offset }) => ({
            partition,
            fetchOffset: String(offset),
            maxBytes: ofPartition,
          })),
      })),
    }),
    response: { decode: async (body: Buffer) => decodeFetchAnswer(body), parse: ofWhole },
  });
  return responses.flatMap(({ topicName, partitions }) =>
    partitions.map((answer) => ({ topic: topicName, ...answer })),
  );
}

/** Leaves each partition its own error. */
async function ofWhole(answer: FetchAnswer): Promise<FetchAnswer> {
  if (answer.errorCode !== 0) throw createErrorFromCode(answer.errorCode);
  return answer;
}

const recordsIn = (set: Buffer, offset: number): Promise<FetchedRecord[]> =>
  decodeBatches(set, offset, (attributes, compressed) =>
    lookupCodecByAttributes(attributes).decompress(compressed),
  );

/** A request that kafkajs has no call for. */
export interface RawRequest<Answer> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** What follows the header as kafkajs writes it. */
  readonly body: Buffer;
  /** @param answer what follows the correlation id */
  readonly decode: (answer: Buffer) => Answer;
}

export function rawAnswer<Answer>(
  broker: KafkaBroker,
  { body, decode, ...api }: RawRequest<Answer>,
): Promise<Answer> {
  const encoder = new Encoder(body.length);
  encoder.writeBufferInternal(body);
  return send<Answer>(broker, {
    request: { ...api, expectResponse: () => true, encode: async () => encoder },
    response: {
      decode: async (answer: Buffer) => decode(answer),
      parse: async (answer: Answer) => answer,
    },
  });
}

/** Requests a topic's id, which kafkajs does not support. */
export async function topicIdFrom(broker: KafkaBroker, topic: string): Promise<string> {
  const body = encodeTopicIdRequest(topic);
  const { errorCode, topicId } = await rawAnswer(broker, { ...TOPIC_METADATA, body, decode: decodeTopicId });
  if (errorCode !== 0) throw createErrorFromCode(errorCode);
  return topicId;
}

/**
 * Sends the batches of several partitions of one broker in one request.
 * @returns the offset or broker error of each batch, in order
 * @throws any connection error; the batches may then be in the log
 */
export async function produceTo(
  broker: KafkaBroker,
  batches: readonly QueuedBatch[],
  timeoutMs: number,
): Promise<(number | Error)[]> {
  const body = encodeProduceRequest(batches, timeoutMs);
  const encoder = new Encoder(body.length);
  encoder.writeBufferInternal(body);
  const { topics } = await send<ProduceAnswer>(broker, {
    request: { ...PRODUCE, encode: async () => encoder },
    // Keeps each partition's own error; kafkajs would apply the first to all.
    response: { decode: produceResponse.decode, parse: async (answer: ProduceAnswer) => answer },
  });
  const answers = new Map<string, number | Error>();
  for (const { topicName, partitions } of topics) {
    for (const { partition, errorCode, baseOffset } of partitions) {
      const answer = errorCode === 0 ? Number(baseOffset) : createErrorFromCode(errorCode);
      answers.set(topicPartitionKey({ topic: topicName, partition }), answer);
    }
  }
  return batches.map((batch) => answers.get(topicPartitionKey(batch)) ?? new Error('there is no answer'));
}
