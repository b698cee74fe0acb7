import { EventCodec } from '#libs/contracts';
import {
  type KafkaEventLog,
  KafkaProtocol,
  makeEventLog,
  makeKafka,
  LogSchemas,
  LogSurroundings,
} from '#libs/event-store-kafka';
import type { Settings } from '#libs/platform';

/** The log, for as long as the work takes. */
export async function withEventLog<Result>(
  settings: Settings,
  work: (log: KafkaEventLog) => Promise<Result>,
): Promise<Result> {
  const { brokers, clientId, requestTimeoutMs, schemaRegistryUrl } = settings.kafka;
  const protocol = new KafkaProtocol({ brokers, clientId, requestTimeout: requestTimeoutMs });
  const surroundings = new LogSurroundings(protocol, schemaRegistryUrl);
  const codec = new EventCodec(new LogSchemas(surroundings, schemaRegistryUrl));
  try {
    // Whoever reads first asks whether events were left out, before anything is read.
    await surroundings.refreshed();
    return await work(makeEventLog(makeKafka(settings), protocol, codec, settings, surroundings));
  } finally {
    await protocol.disconnect();
  }
}
