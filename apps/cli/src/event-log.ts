import { EventCodec } from '#libs/contracts';
import {
  type KafkaEventLog,
  KafkaProtocol,
  makeEventLog,
  makeKafka,
  LogSchemas,
  LogEnvironment,
} from '#libs/kafka';
import type { Settings } from '#libs/platform';

/** Opens the log for the duration of the work. */
export async function withEventLog<Result>(
  settings: Settings,
  work: (log: KafkaEventLog) => Promise<Result>,
): Promise<Result> {
  const { brokers, clientId, requestTimeoutMs, schemaRegistryUrl } = settings.kafka;
  const protocol = new KafkaProtocol({ brokers, clientId, requestTimeout: requestTimeoutMs });
  const environment = new LogEnvironment(protocol, schemaRegistryUrl);
  const codec = new EventCodec(new LogSchemas(environment, schemaRegistryUrl));
  try {
    // A reader must know which events an operator has skipped before it reads any.
    await environment.refreshed();
    return await work(makeEventLog(makeKafka(settings), protocol, codec, settings, environment));
  } finally {
    await protocol.disconnect();
  }
}
