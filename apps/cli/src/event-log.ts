import { EventCodec } from '#libs/contracts';
import {
  type KafkaEventLog,
  KafkaProtocol,
  makeEventLog,
  makeKafka,
  RegisteredSchemas,
} from '#libs/event-store-kafka';
import type { Settings } from '#libs/platform';

/** The log, for as long as the work takes. */
export async function withEventLog<Result>(
  settings: Settings,
  work: (log: KafkaEventLog) => Promise<Result>,
): Promise<Result> {
  const { brokers, clientId, requestTimeoutMs, schemaRegistryUrl } = settings.kafka;
  const codec = new EventCodec(await RegisteredSchemas.load(schemaRegistryUrl));
  const protocol = new KafkaProtocol({ brokers, clientId, requestTimeout: requestTimeoutMs });
  try {
    return await work(makeEventLog(makeKafka(settings), protocol, codec, settings));
  } finally {
    await protocol.disconnect();
  }
}
