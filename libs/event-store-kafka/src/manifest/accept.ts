import { formatPosition, type Position } from '#libs/kernel';
import type { Settings } from '#libs/platform';
import type { KafkaEventLog } from '../kafka-event-log.js';
import { makeKafka } from '../kafka.module.js';
import { KafkaProtocol } from '../protocol/kafka-protocol.js';
import { type AgreedTopic, topicEntry } from './log-manifest.js';
import { presentTopics } from './log-surroundings.js';
import { readManifest, writeManifest } from './manifest-topic.js';

/** There is nothing there that could be accepted. */
export class NothingToAcceptError extends Error {
  override readonly name = 'NothingToAcceptError';
}

/**
 * Has the log go on behind what is missing or cannot be read at a position: every reader passes over it from now on.
 * @returns what is passed over.
 * @throws NothingToAcceptError where all of it is there and can be read.
 */
export async function acceptPosition(
  settings: Settings,
  log: Pick<KafkaEventLog, 'fetchReadable'>,
  position: Position,
): Promise<string> {
  return changeTopic(settings, position.topic, async (agreed, { begins }) => {
    const { topic, partition, offset } = position;
    const from = agreed.begins[partition] ?? 0;
    const begin = begins[partition];
    if (begin !== undefined && offset === begin && from < begin) {
      const changed = { ...agreed, begins: { ...agreed.begins, [partition]: begin } };
      return { changed, says: `${topic}/${partition} is read without what was before ${begin}` };
    }
    const place = formatPosition(position);
    if (begin === undefined || offset < begin)
      throw new NothingToAcceptError(`${place} is not in the log, which begins at ${begin}`);
    if (await isReadable(log, position)) throw new NothingToAcceptError(`${place} can be read`);
    const changed = { ...agreed, passed: [...new Set([...agreed.passed, place])] };
    return { changed, says: `${place} is passed over` };
  });
}

/**
 * Takes a topic as it is now for the one that events live in: one that was made anew, or one that was laid out by several
 * numbers of partitions.
 * @param partitions by which streams are laid out from now on; by default as many as there are
 */
export async function acceptTopic(
  settings: Settings,
  topic: string,
  partitions: number | undefined,
): Promise<string> {
  return changeTopic(settings, topic, async (agreed, present) => {
    const { topicId } = present;
    const count = partitions ?? present.partitions;
    if (count > present.partitions) throw new Error(`${topic} has ${present.partitions} partitions`);
    if (topicId === agreed.topicId && partitions === undefined)
      throw new NothingToAcceptError(`${topic} is the topic that was deployed`);
    // A new topic has nothing of the old one; a copy of it that was restored has all.
    const isNew = partitions === undefined;
    const { begins, passed } = isNew ? { begins: {}, passed: [] } : agreed;
    const changed = { topicId, partitions: count, begins, passed };
    return { changed, says: `${topic} is used as it is, with ${count} partitions` };
  });
}

type Present = Awaited<ReturnType<typeof presentTopics>>[number];

async function changeTopic(
  settings: Settings,
  topic: string,
  change: (agreed: AgreedTopic, present: Present) => Promise<{ changed: AgreedTopic; says: string }>,
): Promise<string> {
  const { brokers, clientId, requestTimeoutMs } = settings.kafka;
  const protocol = new KafkaProtocol({ brokers, clientId, requestTimeout: requestTimeoutMs });
  try {
    const [present] = await presentTopics(protocol, [topic]);
    if (!present) throw new Error(`there is no topic ${topic}`);
    const agreed = (await readManifest(protocol)).topics.get(topic) ?? {
      topicId: '',
      partitions: present.partitions,
      begins: {},
      passed: [],
    };
    const { changed, says } = await change(agreed, present);
    await writeManifest(makeKafka(settings), [topicEntry(topic, changed)]);
    return says;
  } finally {
    await protocol.disconnect();
  }
}

/** Whether the record is an event, or nothing that stops anybody. */
async function isReadable(log: Pick<KafkaEventLog, 'fetchReadable'>, position: Position): Promise<boolean> {
  try {
    const { next, unreadable } = await log.fetchReadable(position, 1);
    return unreadable === undefined || next !== position.offset;
  } catch (error) {
    if ((error as Error).name !== 'EventDecodingError') throw error;
    return false;
  }
}
