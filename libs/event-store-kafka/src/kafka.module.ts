import { setTimeout as sleep } from 'node:timers/promises';
import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import kafkajs, { type Kafka } from 'kafkajs';
import { EVENT_TOPICS, EventCodec } from '#libs/contracts';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { producerExpirationOf } from './fencing/producer-expiration.js';
import { KafkaEventLog } from './kafka-event-log.js';
import { KafkaProtocol } from './protocol/kafka-protocol.js';
import { RegisteredSchemas } from './registry/registered-schemas.js';

/** Injection token of the kafkajs client. */
export const KAFKA = Symbol('kafka');

const REGISTRY_ATTEMPTS = 30;
const REGISTRY_PAUSE_MS = 1_000;

export function makeKafka({ kafka: { brokers, clientId, requestTimeoutMs } }: Settings): Kafka {
  return new kafkajs.Kafka({
    brokers,
    clientId,
    connectionTimeout: Math.min(1_000, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    // Failures come back as errors, and are logged where they are handled.
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** The log, for those who read and those who write. */
export const makeEventLog = (
  kafka: Kafka,
  protocol: KafkaProtocol,
  codec: EventCodec,
  settings: Settings,
): KafkaEventLog =>
  new KafkaEventLog(protocol, codec, {
    prefix: settings.kafka.groupPrefix,
    producerExpiration: producerExpirationOf(kafka),
  });

/** Schemas must be known before the first event; the registry may come up after the app. */
async function loadSchemas({ kafka: { schemaRegistryUrl } }: Settings): Promise<RegisteredSchemas> {
  const logger = new Logger('SchemaRegistry');
  for (let attempt = 1; ; attempt++) {
    try {
      return await RegisteredSchemas.load(schemaRegistryUrl);
    } catch (error) {
      if (attempt === REGISTRY_ATTEMPTS) throw error;
      logger.warn(`waiting for the schema registry: ${(error as Error).message}`);
      await sleep(REGISTRY_PAUSE_MS);
    }
  }
}

@Global()
@Module({
  providers: [
    { provide: KAFKA, inject: [SETTINGS], useFactory: makeKafka },
    {
      provide: KafkaProtocol,
      inject: [SETTINGS],
      useFactory: ({ kafka: { brokers, clientId, requestTimeoutMs } }: Settings) =>
        new KafkaProtocol({ brokers, clientId, requestTimeout: requestTimeoutMs }),
    },
    {
      provide: EventCodec,
      inject: [SETTINGS],
      useFactory: async (settings: Settings) => new EventCodec(await loadSchemas(settings)),
    },
    {
      provide: KafkaEventLog,
      inject: [KAFKA, KafkaProtocol, EventCodec, SETTINGS],
      useFactory: (kafka: Kafka, protocol: KafkaProtocol, codec: EventCodec, settings: Settings) =>
        makeEventLog(kafka, protocol, codec, settings),
    },
  ],
  exports: [KAFKA, EventCodec, KafkaEventLog],
})
export class KafkaModule implements OnApplicationShutdown {
  constructor(
    @Inject(KafkaProtocol) private readonly protocol: KafkaProtocol,
    @Inject(KafkaEventLog) log: KafkaEventLog,
    @Inject(Readiness) readiness: Readiness,
  ) {
    readiness.add('kafka', async () => {
      await log.endOffsets(EVENT_TOPICS);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.protocol.disconnect().catch(() => undefined);
  }
}
