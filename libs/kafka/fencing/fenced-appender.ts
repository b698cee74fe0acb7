import { LogUnavailableError, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { Logger } from '@nestjs/common';
import { AppendError, type AppendOutcome, type PartitionAppender } from '#libs/event-store/core';
import type { EncodedEvent } from '#libs/contracts';
import { NotSentError, PRODUCER_FENCED } from '../protocol/kafka-protocol.js';
import type { ProducerIdentity } from '../protocol/record-batch.js';
import { type ClaimTarget, claimPartition, whileBusy } from './claim.js';
import { ProducerLease } from './producer-lease.js';

/** Errors that brokers return before writing anything. Rule R7 of docs/adr/0006-fenced-appends.md. */
const CERTAINLY_NOT_WRITTEN = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'NOT_ENOUGH_REPLICAS',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
]);

const SEQUENCES = 2 ** 31;
const MANY_EPOCHS = 16_000;
const CONFIRM_MS = 1_500;

/** Hears of what this process appends. */
export interface AppendListener {
  /** From this offset on, only this process appends. */
  claimed(at: TopicPartition, end: number): void;
  /** These events are durable. */
  appended(at: TopicPartition, offset: number, events: readonly EncodedEvent[]): void;
  /** Others may append from now on. */
  released(at: TopicPartition): void;
}

/**
 * Appends idempotent batches to one partition, one at a time, under the producer id and epoch of a claim. The broker
 * rejects them once another writer has claimed. Every batch is sent once: a lost answer is followed by a claim and a
 * read, never by a retry.
 */
export class FencedAppender implements PartitionAppender {
  readonly #logger = new Logger(FencedAppender.name);
  #producer: ProducerIdentity | undefined;
  #sequence = 0;
  #closed = false;
  readonly #lease = new ProducerLease();

  constructor(
    private readonly target: ClaimTarget,
    /** How long the brokers remember a silent producer, in milliseconds. */
    private readonly producerExpiration: () => Promise<number>,
    /** Called before and after a claim. @throws if the topic is not the agreed one */
    private readonly mustBeRightTopic: () => Promise<void> = async () => undefined,
    private readonly listener?: AppendListener,
  ) {}

  get renewalDue(): boolean {
    return this.#producer !== undefined && this.#lease.renewalDue;
  }

  async claim(): Promise<{ readonly end: number }> {
    this.#release();
    try {
      // A claim writes into the log: nothing of ours is to be in another topic.
      await this.mustBeRightTopic();
      const expiration = await this.producerExpiration();
      const start = this.#lease.now();
      const { producer, end } = await claimPartition(this.target, () => !this.#closed);
      // It may have been made anew meanwhile. After this the first append would tell, by an offset below the claim's.
      await this.mustBeRightTopic();
      this.#lease.renew(start, expiration);
      this.#producer = producer;
      this.#sequence = 0;
      this.#watchEpochs(producer);
      this.listener?.claimed(this.target, end);
      return { end };
    } catch (error) {
      const at = topicPartitionKey(this.target);
      throw new LogUnavailableError(`${at}: ${(error as Error).message}`, { cause: error });
    }
  }

  async append(events: readonly EncodedEvent[]): Promise<number> {
    const { protocol, topic, partition } = this.target;
    const producer = this.#producer;
    if (!producer) throw new AppendError('rejected', `${topicPartitionKey(this.target)} is not claimed`);
    // R4: once the broker has forgotten a producer, it no longer fences it, whoever has claimed since.
    if (this.#lease.expired) throw this.#lost('fenced', 'the claim is too old to be relied on');
    const start = this.#lease.now();
    try {
      const offset = await protocol.produce(topic, partition, producer, this.#sequence, events);
      this.#sequence = (this.#sequence + events.length) % SEQUENCES;
      this.#lease.renew(start);
      this.listener?.appended(this.target, offset, events);
      return offset;
    } catch (error) {
      throw this.#lost(outcomeOf(error), (error as Error).message, error);
    }
  }

  async confirm(): Promise<void> {
    const { protocol, transactionalId } = this.target;
    const producer = this.#producer;
    if (!producer) throw new AppendError('rejected', `${transactionalId} is not claimed`);
    const deadline = performance.now() + CONFIRM_MS;
    // Every claim first takes over the transactional id, so a later claim shows here.
    const current = await whileBusy(deadline, () =>
      protocol.isCurrentProducer(transactionalId, producer),
    ).catch((error: unknown) => {
      throw this.#lost('rejected', (error as Error).message, error);
    });
    if (!current || this.#lease.expired) throw this.#lost('fenced', 'another writer has claimed');
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    this.#producer = undefined;
    this.listener?.released(this.target);
  }

  /** Warns when half the epochs are used. After the last one, the broker assigns a new producer id (R5). */
  #watchEpochs({ producerEpoch }: ProducerIdentity): void {
    if (producerEpoch < MANY_EPOCHS) return;
    const { transactionalId } = this.target;
    this.#logger.warn(`${transactionalId} has used ${producerEpoch} of 32,767 epochs, two per claim`);
  }

  /** Forces a new claim after any failure: the sequence may be off, and a retry must be impossible. */
  #lost(outcome: AppendOutcome, message: string, cause?: unknown): AppendError {
    this.#release();
    return new AppendError(outcome, `${topicPartitionKey(this.target)}: ${message}`, { cause });
  }
}

function outcomeOf(error: unknown): AppendOutcome {
  const { type, code } = error as { type?: string; code?: number };
  if (error instanceof NotSentError) return 'rejected';
  // Each batch is sent once, so this answers the only attempt.
  if (type === 'INVALID_PRODUCER_EPOCH' || code === PRODUCER_FENCED) return 'fenced';
  return type && CERTAINLY_NOT_WRITTEN.has(type) ? 'rejected' : 'unknown';
}
