import { Logger } from '@nestjs/common';
import {
  AppendError,
  type AppendOutcome,
  type EncodedEvent,
  LogUnavailableError,
  type PartitionAppender,
} from '#libs/event-store';
import { NotSentError, PRODUCER_FENCED } from '../protocol/kafka-protocol.js';
import type { ProducerIdentity } from '../protocol/record-batch.js';
import { type ClaimTarget, claimPartition, whileBusy } from './claim.js';
import { ProducerLease } from './producer-lease.js';

/** Brokers say these before they write anything. Rule R7 of docs/adr/0006-fenced-appends.md. */
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
/** How long a coordinator that is busy or on the move is asked. */
const CONFIRM_MS = 1_500;

/**
 * Appends to one partition as plain idempotent batches, one at a time, under the producer id and epoch of a claim. The
 * broker itself refuses them once anybody else has claimed. Every batch is sent once: what follows a lost answer is a
 * claim and a read, never a second try.
 */
export class FencedAppender implements PartitionAppender {
  readonly #logger = new Logger(FencedAppender.name);
  #producer: ProducerIdentity | undefined;
  #sequence = 0;
  #closed = false;
  readonly #lease = new ProducerLease();

  constructor(
    private readonly target: ClaimTarget,
    /** How long the brokers remember a producer that they do not hear of, in milliseconds. */
    private readonly producerExpiration: () => Promise<number>,
    /** Asked before a claim and after it. @throws when the topic is not the one that events are to go to */
    private readonly mustBeRightTopic: () => Promise<void> = async () => undefined,
  ) {}

  get renewalDue(): boolean {
    return this.#producer !== undefined && this.#lease.renewalDue;
  }

  async claim(): Promise<{ readonly end: number }> {
    this.#producer = undefined;
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
      return { end };
    } catch (error) {
      const { topic, partition } = this.target;
      throw new LogUnavailableError(`${topic}/${partition}: ${(error as Error).message}`, { cause: error });
    }
  }

  async append(events: readonly EncodedEvent[]): Promise<number> {
    const { protocol, topic, partition } = this.target;
    const producer = this.#producer;
    if (!producer) throw new AppendError('rejected', `${topic}/${partition} is not claimed`);
    // R4: a producer that the broker has forgotten is not fenced any more, whoever has claimed since.
    if (this.#lease.expired) throw this.#lost('fenced', 'the claim is too old to be relied on');
    const start = this.#lease.now();
    try {
      const offset = await protocol.produce(topic, partition, producer, this.#sequence, events);
      this.#sequence = (this.#sequence + events.length) % SEQUENCES;
      this.#lease.renew(start);
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
    // A claim takes the id over before it does anything else, so whoever has claimed is known here.
    const current = await whileBusy(deadline, () =>
      protocol.isCurrentProducer(transactionalId, producer),
    ).catch((error: unknown) => {
      throw this.#lost('rejected', (error as Error).message, error);
    });
    if (!current || this.#lease.expired) throw this.#lost('fenced', 'another writer has claimed');
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#producer = undefined;
  }

  /** Half of them gone: the claims are too many, or have been for long. Past the last, the broker gives a new id (R5). */
  #watchEpochs({ producerEpoch }: ProducerIdentity): void {
    if (producerEpoch < MANY_EPOCHS) return;
    const { transactionalId } = this.target;
    this.#logger.warn(`${transactionalId} has used ${producerEpoch} of 32,767 epochs, two by each claim`);
  }

  /** Whatever failed, the next step is a claim: the sequence may be out of step, and a repeat must not be possible. */
  #lost(outcome: AppendOutcome, message: string, cause?: unknown): AppendError {
    this.#producer = undefined;
    return new AppendError(outcome, `${this.target.topic}/${this.target.partition}: ${message}`, { cause });
  }
}

function outcomeOf(error: unknown): AppendOutcome {
  const { type, code } = error as { type?: string; code?: number };
  if (error instanceof NotSentError) return 'rejected';
  // Each batch is sent once, so this is an answer to the first and only try.
  if (type === 'INVALID_PRODUCER_EPOCH' || code === PRODUCER_FENCED) return 'fenced';
  return type && CERTAINLY_NOT_WRITTEN.has(type) ? 'rejected' : 'unknown';
}
