import {
  Global,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import kafkajs, { type Kafka } from 'kafkajs';
import { EVENT_TOPICS, EventCodec, TENANT_EVENT_TOPICS } from '#libs/contracts';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { connectionOptions } from './connection/connection-options.js';
import { producerExpirationOf } from './fencing/producer-lease.js';
import { KafkaEventLog } from './kafka-event-log.js';
import { type LogAgreement, LogEnvironment, NO_AGREEMENT } from './manifest/log-environment.js';
import { KafkaProtocol } from './protocol/kafka-protocol.js';
import { RawLog } from './raw-log.js';
import { LogSchemas } from './registry/log-schemas.js';
import { RegistryClient } from './registry/registry-client.js';
import { MOST_TAIL_BYTES } from './tail/tailed-partition.js';
import { TopicOffsets } from './topic-offsets.js';

/** Injection token of the kafkajs client. */
export const KAFKA_CLIENT = Symbol('kafka');

export const makeKafka = ({ kafka }: Settings): Kafka =>
  new kafkajs.Kafka({
    ...connectionOptions(kafka),
    // Callers log failures where they handle them.
    logLevel: kafkajs.logLevel.NOTHING,
  });

/** An app starts while Kafka is away. */
const VERSION_PATIENCE_MS = 5_000;
const LEAST_TAIL_BYTES = 65_536;

/**
 * Bytes of one partition's events in memory. One process may read all partitions: half of what they share is for the tail
 * of the log, half for the events that the webhook dispatcher comes back to.
 */
export const tailBytesOf = ({ memory, kafka }: Settings, most: number): number => {
  const share = memory.tails / 2 / (TENANT_EVENT_TOPICS.length * kafka.partitions);
  return Math.floor(Math.min(most, Math.max(LEAST_TAIL_BYTES, share)));
};

export const makeEventLog = (
  kafka: Kafka,
  protocol: KafkaProtocol,
  codec: EventCodec,
  settings: Settings,
  agreement: LogAgreement = NO_AGREEMENT,
): KafkaEventLog => {
  const fencing = { prefix: settings.kafka.groupPrefix, producerExpiration: producerExpirationOf(kafka) };
  return new KafkaEventLog(protocol, codec, fencing, agreement, tailBytesOf(settings, MOST_TAIL_BYTES));
};

@Global()
@Module({
  providers: [
    { provide: KAFKA_CLIENT, inject: [SETTINGS], useFactory: makeKafka },
    {
      provide: KafkaProtocol,
      inject: [SETTINGS],
      useFactory: ({ kafka }: Settings) => new KafkaProtocol(kafka),
    },
    {
      provide: RegistryClient,
      inject: [SETTINGS],
      useFactory: ({ kafka }: Settings) => new RegistryClient(kafka.registry),
    },
    {
      provide: LogEnvironment,
      inject: [KafkaProtocol, RegistryClient],
      useFactory: (protocol: KafkaProtocol, registry: RegistryClient) =>
        new LogEnvironment(protocol, registry),
    },
    {
      provide: EventCodec,
      inject: [LogEnvironment, RegistryClient],
      useFactory: (environment: LogEnvironment, registry: RegistryClient) =>
        new EventCodec(new LogSchemas(environment, registry)),
    },
    {
      provide: KafkaEventLog,
      inject: [KAFKA_CLIENT, KafkaProtocol, EventCodec, SETTINGS, LogEnvironment],
      useFactory: makeEventLog,
    },
    {
      provide: TopicOffsets,
      inject: [KafkaEventLog],
      useFactory: (log: KafkaEventLog) => new TopicOffsets(log),
    },
    {
      provide: RawLog,
      inject: [KafkaProtocol, EventCodec],
      useFactory: (protocol: KafkaProtocol, codec: EventCodec) => new RawLog(() => protocol.another(), codec),
    },
  ],
  exports: [KAFKA_CLIENT, EventCodec, KafkaEventLog, LogEnvironment, RawLog, TopicOffsets],
})
export class KafkaModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(KafkaProtocol) private readonly protocol: KafkaProtocol,
    @Inject(LogEnvironment) private readonly environment: LogEnvironment,
    @Inject(RawLog) private readonly rawLog: RawLog,
    @Inject(TopicOffsets) offsets: TopicOffsets,
    @Inject(Readiness) readiness: Readiness,
  ) {
    readiness.add('kafka', () => offsets.look(EVENT_TOPICS));
    // These notices concern single streams or readers, so they do not make the process unready.
    readiness.add('log', () => environment.notices);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.environment.mustBeCurrent(VERSION_PATIENCE_MS);
    void this.environment.watch();
  }

  async onApplicationShutdown(): Promise<void> {
    this.environment.stop();
    await this.rawLog.close();
    await this.protocol.disconnect().catch(() => undefined);
  }
}
