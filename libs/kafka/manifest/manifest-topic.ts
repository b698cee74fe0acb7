import { LogUnavailableError } from '#libs/kernel';
import kafkajs, { type Kafka } from 'kafkajs';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import { makeTopics } from '../topics.js';
import { EMPTY_MANIFEST, LogManifest, type ManifestEntry, parseEntry } from './log-manifest.js';

/** Lives in Kafka beside its topics, so it survives a lost database and is newer than a restored one. */
export const MANIFEST_TOPIC = 'orderstream-manifest';

const PARTITION = 0;
const READ_BYTES = 1_048_576;
const MAX_BYTES = 8_388_608;

export async function createManifestTopic(kafka: Kafka, replication: number): Promise<void> {
  const settings = {
    'cleanup.policy': 'compact',
    'max.message.bytes': String(MAX_BYTES),
    'unclean.leader.election.enable': 'false',
  };
  await makeTopics(kafka, [{ topic: MANIFEST_TOPIC, partitions: 1, replication }], settings);
}

/** Reads the manifest; empty before the first deployment. Ignores foreign records. @throws LogUnavailableError */
export async function readManifest(protocol: KafkaProtocol): Promise<LogManifest> {
  try {
    const entries: ManifestEntry[] = [];
    const end = await protocol.endOffset(MANIFEST_TOPIC, PARTITION);
    let next = await protocol.startOffset(MANIFEST_TOPIC, PARTITION);
    while (next < end) {
      const records = await protocol.fetch(MANIFEST_TOPIC, PARTITION, next, READ_BYTES);
      const last = records.at(-1);
      if (!last) break;
      for (const { key, value, isControlRecord } of records) {
        const entry = !isControlRecord && key && value && parseEntry(key.toString(), value.toString());
        if (entry) entries.push(entry);
      }
      next = Number(last.offset) + 1;
    }
    return LogManifest.of(entries);
  } catch (error) {
    const { type, message } = error as { type?: string; message: string };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return EMPTY_MANIFEST;
    throw new LogUnavailableError(`${MANIFEST_TOPIC}: ${message}`, { cause: error });
  }
}

/** Resolves when all entries are durable. */
export async function writeManifest(kafka: Kafka, entries: readonly ManifestEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    const messages = entries.map(({ key, value }) => ({
      key,
      value: JSON.stringify(value),
      partition: PARTITION,
    }));
    await producer.send({ topic: MANIFEST_TOPIC, acks: -1, messages });
  } finally {
    await producer.disconnect();
  }
}
