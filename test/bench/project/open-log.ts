import type { Kafka } from 'kafkajs';
import { EventCodec } from '#libs/contracts';
import {
  type KafkaEventLog,
  KafkaProtocol,
  makeEventLog,
  makeKafka,
  RegisteredSchemas,
} from '#libs/event-store-kafka';
import { testSettings } from '../../../libs/testing/servers/src/index.js';

export interface OpenLog {
  readonly log: KafkaEventLog;
  readonly codec: EventCodec;
  readonly kafka: Kafka;
  readonly close: () => Promise<void>;
}

/** The product's log, with the topics that it has. */
export async function openProductLog(): Promise<OpenLog> {
  const settings = testSettings();
  const { brokers, clientId, requestTimeoutMs, schemaRegistryUrl } = settings.kafka;
  const codec = new EventCodec(await RegisteredSchemas.load(schemaRegistryUrl));
  const protocol = new KafkaProtocol({ brokers, clientId, requestTimeout: requestTimeoutMs });
  const kafka = makeKafka(settings);
  const log = makeEventLog(kafka, protocol, codec, settings);
  return { log, codec, kafka, close: () => protocol.disconnect() };
}
