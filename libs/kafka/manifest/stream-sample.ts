import { isOwnersRecord } from '../fencing/fence-record.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import type { PresentTopic } from './differences.js';
import type { StreamPlace } from './layout.js';

/**
 * Samples streams from the beginning of each partition. Uses record keys only, so it needs no schema.
 * @param bytes approximate amount to read per partition
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
