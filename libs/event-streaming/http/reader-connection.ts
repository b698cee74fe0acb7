import { LogUnavailableError, TopicStoppedError } from '#libs/kernel';
import type { Kafka } from 'kafkajs';
import type { EventCodec } from '#libs/contracts';
import { type KafkaEventLog, KafkaProtocol, type LogAgreement, makeEventLog } from '#libs/kafka';
import type { Settings } from '#libs/platform';

/** Single failures heal; after more, kafkajs may hold a dead connection that it considers open. */
const RENEW_AFTER = 3;

interface Connection {
  readonly protocol: KafkaProtocol;
  readonly log: KafkaEventLog;
  failures: number;
}

/**
 * A separate connection for readers, opened on first use, so that their load and retries never affect writers. A connection
 * that keeps failing is replaced.
 */
export class ReaderConnection {
  #current: Connection | undefined;
  #closed = false;

  constructor(private readonly connect: () => Pick<Connection, 'protocol' | 'log'>) {}

  static to(kafka: Kafka, codec: EventCodec, settings: Settings, agreement: LogAgreement): ReaderConnection {
    return new ReaderConnection(() => {
      const protocol = new KafkaProtocol(settings.kafka);
      return { protocol, log: makeEventLog(kafka, protocol, codec, settings, agreement) };
    });
  }

  async run<Answer>(question: (log: KafkaEventLog) => Promise<Answer>): Promise<Answer> {
    if (this.#closed) throw new LogUnavailableError('the connection to Kafka is closed');
    const connection = (this.#current ??= { ...this.connect(), failures: 0 });
    try {
      const answer = await question(connection.log);
      connection.failures = 0;
      return answer;
    } catch (error) {
      // Another connection would not help with a topic that waits for an operator.
      if (error instanceof LogUnavailableError && !(error instanceof TopicStoppedError))
        this.#failed(connection);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#current?.protocol.disconnect().catch(() => undefined);
  }

  #failed(connection: Connection): void {
    connection.failures++;
    if (connection !== this.#current || connection.failures < RENEW_AFTER) return;
    this.#current = undefined;
    // Requests still running there fail too.
    void connection.protocol.disconnect().catch(() => undefined);
  }
}
