import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import {
  AppendError,
  type EncodedEvent,
  LogUnavailableError,
  type PartitionAppender,
} from '#libs/event-store';
import type { KafkaProtocol } from './protocol/kafka-protocol.js';

/**
 * The broker says so at the first try, and before it writes anything. Whatever comes after a retry of kafkajs is
 * unknown: the try before may have been written.
 */
const CERTAINLY_NOT_WRITTEN = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'TOPIC_AUTHORIZATION_FAILED',
]);

/**
 * Appends through an idempotent producer. It relies on there being one command process: nothing fences another one
 * off (docs/adr/0003-one-writer-process.md).
 */
export class IdempotentAppender implements PartitionAppender {
  #producer: Producer | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly protocol: KafkaProtocol,
    private readonly topic: string,
    private readonly partition: number,
  ) {}

  async claim(): Promise<{ readonly end: number }> {
    // kafkajs reuses a sequence number after a failure; the broker would take the next batch for a repeat and drop it.
    await this.close();
    try {
      const producer = this.kafka.producer({
        idempotent: true,
        allowAutoTopicCreation: false,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        // The least that kafkajs takes for an idempotent producer; a repeat keeps its sequence number, so it is safe.
        retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 100 },
      });
      await producer.connect();
      this.#producer = producer;
      const ends = await this.protocol.endOffsets(this.topic);
      const end = ends.find(({ partition }) => partition === this.partition)?.offset;
      if (end === undefined) throw new Error('there is no such partition');
      return { end };
    } catch (error) {
      await this.close();
      throw new LogUnavailableError(`${this.topic}/${this.partition}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  async append(events: readonly EncodedEvent[]): Promise<number> {
    if (!this.#producer) throw new AppendError('rejected', 'the partition is not claimed');
    const { topic, partition } = this;
    try {
      const messages = events.map(({ key, value, headers }) => ({
        key,
        value,
        headers: { ...headers },
        partition,
      }));
      const [answer] = await this.#producer.send({ topic, messages, acks: -1 });
      if (answer?.baseOffset === undefined) throw new Error('the answer has no offset');
      return Number(answer.baseOffset);
    } catch (error) {
      const { type, message } = error as { type?: string; message: string };
      const outcome = type && CERTAINLY_NOT_WRITTEN.has(type) ? 'rejected' : 'unknown';
      throw new AppendError(outcome, `${topic}/${partition}: ${message}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }
}
