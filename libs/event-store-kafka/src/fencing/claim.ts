import type { TopicPartition } from '#libs/kernel';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FetchedRecord } from '../protocol/fetch-answer.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import type { ProducerIdentity } from '../protocol/record-batch.js';
import { isFenceRecord, isOwnersRecord, unfencedProducers, writeFenceRecord } from './fence-record.js';

/** What a claim gives: the right to append, as this producer, from this offset on. */
export interface Claim {
  readonly producer: ProducerIdentity;
  /** Behind all that anybody has appended, or ever can under an older claim. */
  readonly end: number;
}

export interface ClaimTarget extends TopicPartition {
  readonly protocol: KafkaProtocol;
  readonly transactionalId: string;
}

/** A claimant that dies in between stalls the next one no longer than this. */
const TRANSACTION_TIMEOUT_MS = 5_000;
const DEADLINE_MS = 15_000;
/** Grows with each time: a marker takes a millisecond or two, a coordinator that comes up takes seconds. */
const COORDINATOR_PAUSE_MS = 2;
const MAX_COORDINATOR_PAUSE_MS = 50;
/** Grows with each try, up to the limit: contenders must not meet for ever, nor use all epochs up. */
const RETRY_JITTER_MS = 50;
const MAX_RETRY_JITTER_MS = 500;
const MARKER_PAUSE_MS = 10;
const READ_BYTES = 1_048_576;

/** The coordinator is busy, coming up, or elsewhere. */
const COORDINATOR_BUSY = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
]);

/** Another claimant was faster: this try is lost, and the next may not be. */
class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';
}

/**
 * Makes its caller the one writer of a partition, by rules R1, R2 and R5 of docs/adr/0006-fenced-appends.md:
 *
 *   next epoch e ─► empty transaction on the partition, aborted ─► next epoch must be e + 1 ─► own marker seen in the log
 *
 * The abort marker carries epoch e into the partition, and its leader refuses every older one from then on.
 * @param wanted whether it is still wanted: asked between the steps.
 * @throws the last error when it does not succeed within its deadline, or the connection is closed.
 */
export async function claimPartition(target: ClaimTarget, wanted: () => boolean): Promise<Claim> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToClaim(target, deadline, wanted);
    } catch (error) {
      if (performance.now() >= deadline || !wanted() || target.protocol.closed) throw error;
      await sleep(Math.random() * Math.min(MAX_RETRY_JITTER_MS, RETRY_JITTER_MS * attempt));
    }
  }
}

async function tryToClaim(target: ClaimTarget, deadline: number, wanted: () => boolean): Promise<Claim> {
  const { protocol, topic, partition, transactionalId } = target;
  // Before the marker is written, so at or below it, however old the answer is.
  const from = await protocol.endOffset(topic, partition);
  const init = () => {
    if (!wanted()) throw new ClaimLostError(`${topic}/${partition}: the claim is not wanted any more`);
    return protocol.initProducer(transactionalId, TRANSACTION_TIMEOUT_MS);
  };
  const marked = await whileBusy(deadline, init);
  if (!wanted()) throw new ClaimLostError(`${topic}/${partition}: the claim is not wanted any more`);
  await whileBusy(deadline, () => protocol.addToTransaction(transactionalId, marked, topic, partition));
  await whileBusy(deadline, () => protocol.abortTransaction(transactionalId, marked));
  // Answers only once the marker is written.
  const producer = await whileBusy(deadline, init);
  if (producer.producerId !== marked.producerId || producer.producerEpoch !== marked.producerEpoch + 1) {
    throw new ClaimLostError(`${topic}/${partition}: another claimant came in between`);
  }
  const tail = await readToMarker(target, from, marked, deadline);
  return { producer, end: await fenceOthers(target, from, tail, producer) };
}

/** R2: an end that a broker tells may be old; one's own marker is not. */
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
      // What the values say is for the reader of the events, later.
      tail.push({ ...record, value: isFenceRecord(record) ? null : EMPTY });
      next = Number(record.offset) + 1;
      if (record.isControlRecord && isSame(record, marked)) return tail;
    }
    if (performance.now() >= deadline) {
      throw new Error(`${topic}/${partition}: the marker of the claim does not appear in the log`);
    }
    if (records.length === 0) await sleep(MARKER_PAUSE_MS);
  }
}

const EMPTY = Buffer.alloc(0);

/**
 * R5: an epoch fences its own producer id alone. Ids of former claims (the transactional id had expired, or its epochs
 * were used up) are shut out by a record in their name with the last epoch there is.
 * @returns the end of the log after that.
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

/** The end of the log before `to`, at least as far back as the last event: in doubling steps, since markers add up. */
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
      if (!last) throw new Error(`${topic}/${partition} ends before ${to}`);
      records.push(...batch.filter(({ offset }) => Number(offset) < to));
      next = Number(last.offset) + 1;
    }
    if (records.some((record) => isOwnersRecord(topic, record)) || from === begin) return records;
  }
}

/** Asks until the coordinator has time. Nothing else is repeated: a lost answer starts the claim again. */
export async function whileBusy<Answer>(deadline: number, ask: () => Promise<Answer>): Promise<Answer> {
  for (let pause = COORDINATOR_PAUSE_MS; ; pause = Math.min(pause * 1.5, MAX_COORDINATOR_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      const { type } = error as { type?: string };
      if (!type || !COORDINATOR_BUSY.has(type) || performance.now() >= deadline) throw error;
      await sleep(pause * (1 + Math.random()));
    }
  }
}

const isSame = (a: ProducerIdentity, b: ProducerIdentity): boolean =>
  a.producerId === b.producerId && a.producerEpoch === b.producerEpoch;
