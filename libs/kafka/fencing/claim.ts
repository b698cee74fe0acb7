import { isFenceRecord } from '#libs/contracts';
import { systemClock, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { FetchedRecord } from '../protocol/fetch-answer.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import type { ProducerIdentity } from '../protocol/record-batch.js';
import { isOwnersRecord, unfencedProducers, writeFenceRecord } from './fence-record.js';

/** The right to append, as this producer, from this offset on. */
export interface Claim {
  readonly producer: ProducerIdentity;
  /** Offset after everything appended so far, and after anything an older claim could still append. */
  readonly end: number;
}

export interface ClaimTarget extends TopicPartition {
  readonly protocol: KafkaProtocol;
  readonly transactionalId: string;
}

/** Limits how long a claimant that dies midway blocks the next one. */
const TRANSACTION_TIMEOUT_MS = 5_000;
const DEADLINE_MS = 15_000;
/** Grows with each retry: a marker takes a millisecond or two, a starting coordinator takes seconds. */
const COORDINATOR_PAUSE_MS = 2;
const MAX_COORDINATOR_PAUSE_MS = 50;
/** Grows with each attempt, so that contenders do not collide for ever or use up all epochs. */
const RETRY_JITTER_MS = 50;
const MAX_RETRY_JITTER_MS = 500;
const MARKER_PAUSE_MS = 10;
const READ_BYTES = 1_048_576;

const COORDINATOR_BUSY = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
]);

/** This attempt lost to another claimant; the next one may succeed. */
class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';
}

/**
 * Makes the caller the only writer of a partition, by rules R1, R2 and R5 of docs/adr/0006-fenced-appends.md:
 *
 *   next epoch e ─► empty transaction on the partition, aborted ─► next epoch must be e + 1 ─► own marker seen in the log
 *
 * The abort marker carries epoch e into the partition, whose leader rejects every older epoch from then on.
 * @param wanted whether the claim is still wanted; checked between the steps
 * @throws the last error if the claim fails within its deadline, or the connection is closed
 */
export async function claimPartition(target: ClaimTarget, wanted: () => boolean): Promise<Claim> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToClaim(target, deadline, wanted);
    } catch (error) {
      if (performance.now() >= deadline || !wanted() || target.protocol.closed) throw error;
      await systemClock.sleep(Math.random() * Math.min(MAX_RETRY_JITTER_MS, RETRY_JITTER_MS * attempt));
    }
  }
}

async function tryToClaim(target: ClaimTarget, deadline: number, wanted: () => boolean): Promise<Claim> {
  const { protocol, topic, partition, transactionalId } = target;
  // Read before the marker is written, so even an outdated answer lies at or below it.
  const from = await protocol.endOffset(topic, partition);
  const init = () => {
    if (!wanted()) throw new ClaimLostError(`${topicPartitionKey(target)}: the claim is not wanted any more`);
    return protocol.initProducer(transactionalId, TRANSACTION_TIMEOUT_MS);
  };
  const marked = await whileBusy(deadline, init);
  if (!wanted()) throw new ClaimLostError(`${topicPartitionKey(target)}: the claim is not wanted any more`);
  await whileBusy(deadline, () => protocol.addToTransaction(transactionalId, marked, topic, partition));
  await whileBusy(deadline, () => protocol.abortTransaction(transactionalId, marked));
  // Resolves only after the marker is written.
  const producer = await whileBusy(deadline, init);
  if (producer.producerId !== marked.producerId || producer.producerEpoch !== marked.producerEpoch + 1) {
    throw new ClaimLostError(`${topicPartitionKey(target)}: another claimant came in between`);
  }
  const tail = await readToMarker(target, from, marked, deadline);
  return { producer, end: await fenceOthers(target, from, tail, producer) };
}

/** R2: a broker's end offset may be outdated; the writer's own marker is not. */
async function readToMarker(
  { protocol, topic, partition }: ClaimTarget,
  from: number,
  marked: ProducerIdentity,
  deadline: number,
): Promise<FetchedRecord[]> {
  const tail: FetchedRecord[] = [];
  let next = from;
  for (;;) {
    const records = await protocol.fetch(topic, partition, next, READ_BYTES);
    for (const record of records) {
      tail.push({ ...record, value: isFenceRecord(record) ? null : EMPTY });
      next = Number(record.offset) + 1;
      if (record.isControlRecord && isSame(record, marked)) return tail;
    }
    if (performance.now() >= deadline) {
      throw new Error(
        `${topicPartitionKey({ topic, partition })}: the claim's marker does not appear in the log`,
      );
    }
    if (records.length === 0) await systemClock.sleep(MARKER_PAUSE_MS);
  }
}

const EMPTY = Buffer.alloc(0);

/**
 * R5: an epoch fences only its own producer id. Earlier producer ids, left when the transactional id expired or ran out of
 * epochs, are fenced by a record in their name with the highest epoch.
 * @returns the end of the log after that
 */
async function fenceOthers(
  target: ClaimTarget,
  from: number,
  tail: readonly FetchedRecord[],
  { producerId }: ProducerIdentity,
): Promise<number> {
  const { protocol, topic, partition } = target;
  let end = Number(tail.at(-1)?.offset) + 1;
  const hasEvent = tail.some((record) => isOwnersRecord(topic, record));
  const history = hasEvent ? [] : await readBackToEvent(target, from);
  for (const other of unfencedProducers(topic, [...history, ...tail], producerId)) {
    const offset = await writeFenceRecord(protocol, topic, partition, other);
    end = Math.max(end, offset + 1);
  }
  return end;
}

/** Reads back from `to` at least to the last event, in doubling steps because markers accumulate. */
async function readBackToEvent(
  { protocol, topic, partition }: ClaimTarget,
  to: number,
): Promise<FetchedRecord[]> {
  const begin = await protocol.startOffset(topic, partition);
  for (let step = 1; ; step *= 2) {
    const from = Math.max(begin, to - step);
    const records: FetchedRecord[] = [];
    let next = from;
    while (next < to) {
      const batch = await protocol.fetch(topic, partition, next, READ_BYTES);
      const last = batch.at(-1);
      if (!last) throw new Error(`${topicPartitionKey({ topic, partition })} ends before ${to}`);
      records.push(...batch.filter(({ offset }) => Number(offset) < to));
      next = Number(last.offset) + 1;
    }
    if (records.some((record) => isOwnersRecord(topic, record)) || from === begin) return records;
  }
}

/** Retries while the coordinator is busy. Any other failure, such as a lost answer, restarts the claim. */
export async function whileBusy<Answer>(deadline: number, ask: () => Promise<Answer>): Promise<Answer> {
  for (let pause = COORDINATOR_PAUSE_MS; ; pause = Math.min(pause * 1.5, MAX_COORDINATOR_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      const { type } = error as { type?: string };
      if (!type || !COORDINATOR_BUSY.has(type) || performance.now() >= deadline) throw error;
      await systemClock.sleep(pause * (1 + Math.random()));
    }
  }
}

const isSame = (a: ProducerIdentity, b: ProducerIdentity): boolean =>
  a.producerId === b.producerId && a.producerEpoch === b.producerEpoch;
