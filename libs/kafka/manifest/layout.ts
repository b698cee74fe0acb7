import { murmur2 } from '../protocol/murmur2.js';
import { isOwnersRecord } from '../fencing/fence-record.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';

export interface StreamPlace {
  readonly streamId: string;
  readonly partition: number;
}

/** Uses the hash of Kafka's Java client, so any client can find a stream's partition. */
export const partitionOf = (streamId: string, partitions: number): number =>
  (murmur2(streamId) & 0x7fffffff) % partitions;

/** Whether this number of partitions explains where all streams are. */
export const isLaidOutBy = (places: readonly StreamPlace[], partitions: number): boolean =>
  places.every(({ streamId, partition }) => partitionOf(streamId, partitions) === partition);

/**
 * Infers the number of partitions by which streams were laid out: the largest number that explains all of them.
 * `undefined` if none does, because the number changed while events were appended.
 */
export function layoutOf(places: readonly StreamPlace[], partitions: number): number | undefined {
  for (let count = partitions; count > 0; count--) {
    if (isLaidOutBy(places, count)) return count;
  }
  return undefined;
}

/** The number that explains most of the streams, as advice for an operator. */
export function likelyLayoutOf(places: readonly StreamPlace[], partitions: number): number {
  const counts = Array.from({ length: partitions }, (_, index) => partitions - index);
  const fitting = (count: number) => places.filter((place) => isLaidOutBy([place], count)).length;
  return counts.reduce((best, count) => (fitting(count) > fitting(best) ? count : best), partitions);
}

/**
 * Samples streams from the beginning of each partition. Uses record keys only, so it needs no schema.
 * @param bytes approximate amount to read per partition
 */
export async function sampleStreams(
  protocol: KafkaProtocol,
  { topic, begins }: { readonly topic: string; readonly begins: readonly number[] },
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
