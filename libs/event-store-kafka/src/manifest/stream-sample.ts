import { isOwnersRecord } from '../fencing/fence-record.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import type { PresentTopic } from './differences.js';
import type { StreamPlace } from './layout.js';

/**
 * Some streams of each partition, from where it begins. By the keys of the records alone, so that it does not take a
 * schema.
 * @param bytes about how much of each partition is read
 */
export async function sampleStreams(
  protocol: KafkaProtocol,
  { topic, begins }: PresentTopic,
  bytes: number,
): Promise<StreamPlace[]> {
  const samples = await Promise.all(
    begins.map(async (begin, partition) => {
      const records = await protocol.fetch(topic, partition, begin, bytes);
      const keys = records
        .filter((record) => isOwnersRecord(topic, record))
        .flatMap(({ key }) => (key ? [key.toString()] : []));
      return [...new Set(keys)].map((streamId) => ({ streamId, partition }));
    }),
  );
  return samples.flat();
}
