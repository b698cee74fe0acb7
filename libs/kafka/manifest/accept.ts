import { EVENT_TOPICS, EventDecodingError } from '#libs/contracts';
import {
  formatPosition,
  type Position,
  readUpTo,
  type RecordedEvent,
  systemClock,
  topicPartitionKey,
  UnreadableRecordError,
} from '#libs/kernel';
import type { Settings } from '#libs/platform';
import type { KafkaEventLog } from '../kafka-event-log.js';
import { makeKafka } from '../kafka.module.js';
import { type KafkaProtocol, withKafkaProtocol } from '../protocol/kafka-protocol.js';
import type { PresentTopic } from './differences.js';
import { isLaidOutBy, layoutOf, sampleStreams, type StreamPlace } from './layout.js';
import { type AgreedTopic, topicEntry } from './log-manifest.js';
import { presentTopics } from './log-environment.js';
import { readManifest, writeManifest } from './manifest-topic.js';

const SAMPLE_BYTES = 1_048_576;

type AcceptedLog = Pick<KafkaEventLog, 'fetch' | 'hasGaps' | 'startOffsets'>;

/** There is nothing to accept at that place. */
export class NothingToAcceptError extends Error {
  override readonly name = 'NothingToAcceptError';
}

/**
 * Accepts that records at a position are missing or unreadable, so that every reader skips them from now on.
 * @returns what is skipped
 * @throws NothingToAcceptError if the record exists, is readable and is the next event of its stream
 */
export async function acceptPosition(
  settings: Settings,
  log: AcceptedLog,
  position: Position,
): Promise<string> {
  return changeTopic(settings, position.topic, async (agreed, { topicId, begins }) => {
    const { topic, partition, offset } = position;
    if (topicId !== agreed.topicId)
      throw new NothingToAcceptError(
        `topic ${topic} is another one: "orderstream log accept ${topic}" first`,
      );
    const from = agreed.begins[partition] ?? 0;
    const begin = begins[partition];
    if (begin !== undefined && offset === begin && from < begin) {
      const changed = { ...agreed, begins: { ...agreed.begins, [partition]: begin } };
      return { changed, says: `${topicPartitionKey(position)} is read without what was before ${begin}` };
    }
    const place = formatPosition(position);
    if (begin === undefined)
      throw new NothingToAcceptError(`there is no partition ${topicPartitionKey(position)}`);
    if (offset < begin)
      throw new NothingToAcceptError(`${place} is not in the log, which begins at ${begin}`);
    if (await isSound(log, position)) throw new NothingToAcceptError(`${place} can be read`);
    const changed = { ...agreed, passed: [...new Set([...agreed.passed, place])] };
    return { changed, says: `${place} is passed over` };
  });
}

/**
 * Accepts a topic in its present form: a recreated topic, a restored copy, or one whose recorded partition count is not that
 * of its streams.
 * @param partitions the number by which streams are laid out, if the log does not tell because it changed
 * @throws NothingToAcceptError if the topic matches the manifest
 */
export async function acceptTopic(
  settings: Settings,
  topic: string,
  partitions: number | undefined,
): Promise<string> {
  return changeTopic(settings, topic, async (agreed, present, protocol) => {
    const { topicId } = present;
    const sample = await sampleStreams(protocol, present, SAMPLE_BYTES);
    const isAsAgreed = topicId === agreed.topicId && isLaidOutBy(sample, agreed.partitions);
    if (isAsAgreed && (partitions ?? agreed.partitions) === agreed.partitions)
      throw new NothingToAcceptError(`topic ${topic} is as it was written down`);
    const count = layoutToAccept(agreed, present, sample, partitions);
    // A topic without events has lost all earlier ones; a restored copy has them all.
    const { begins, passed } = sample.length === 0 ? { begins: {}, passed: [] } : agreed;
    const changed = { topicId, partitions: count, begins, passed };
    return {
      changed,
      says: `topic ${topic} is used as it is: its streams are laid out by ${count} partitions`,
    };
  });
}

/** Never returns a number by which existing streams would not be found. */
function layoutToAccept(
  agreed: AgreedTopic,
  { topic, partitions: most }: PresentTopic,
  sample: readonly StreamPlace[],
  wanted: number | undefined,
): number {
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= most))
    throw new Error(`--partitions must be a number from 1 to ${most}: topic ${topic} has so many`);
  const kept = agreed.partitions <= most && isLaidOutBy(sample, agreed.partitions);
  const found = kept && sample.length > 0 ? agreed.partitions : layoutOf(sample, most);
  if (wanted === undefined) {
    if (found !== undefined) return found;
    throw new Error(
      `topic ${topic} was laid out by several numbers of partitions: say which by --partitions`,
    );
  }
  if (found === undefined || isLaidOutBy(sample, wanted)) return wanted;
  throw new Error(`the streams of topic ${topic} are laid out by ${found} partitions, and not by ${wanted}`);
}

async function changeTopic(
  settings: Settings,
  topic: string,
  change: (
    agreed: AgreedTopic,
    present: PresentTopic,
    protocol: KafkaProtocol,
  ) => Promise<{ changed: AgreedTopic; says: string }>,
): Promise<string> {
  return withKafkaProtocol(settings.kafka, async (protocol) => {
    const [present] = await presentTopics(protocol, [topic]);
    if (!EVENT_TOPICS.includes(topic))
      throw new Error(`${topic} is no topic of events; these are ${EVENT_TOPICS.join(', ')}`);
    if (!present || present.partitions === 0)
      throw new Error(`there is no topic ${topic}: restore it, or "orderstream deploy" makes it anew`);
    const agreed = (await readManifest(protocol)).topics.get(topic) ?? {
      topicId: '',
      partitions: present.partitions,
      begins: {},
      passed: [],
    };
    const { changed, says } = await change(agreed, present, protocol);
    await writeManifest(makeKafka(settings), [topicEntry(topic, changed)]);
    return says;
  });
}

/** Whether the record blocks no reader: it is its stream's next event, or no event at all. */
async function isSound(log: AcceptedLog, position: Position): Promise<boolean> {
  try {
    const { events, next, unreadable } = await log.fetch(position, 1);
    if (unreadable !== undefined && next === position.offset) return false;
    const [event] = events;
    return event?.position.offset !== position.offset || (await isNextOfItsStream(log, event));
  } catch (error) {
    if (!(error instanceof EventDecodingError || error instanceof UnreadableRecordError)) throw error;
    return false;
  }
}

/** Whether a partition owner may have appended the event, that is, whether it continues its stream. Reads everything before it. */
async function isNextOfItsStream(log: AcceptedLog, { metadata, position }: RecordedEvent): Promise<boolean> {
  const { topic, partition } = position;
  const begin = (await log.startOffsets([topic])).find((start) => start.partition === partition);
  let last = 0;
  const start = { topic, partition, offset: begin?.offset ?? 0 };
  for await (const events of readUpTo(log, start, position.offset, systemClock)) {
    for (const { metadata: each } of events)
      if (each.streamId === metadata.streamId) last = Math.max(last, each.version);
  }
  return log.hasGaps(position) ? metadata.version > last : metadata.version === last + 1;
}
