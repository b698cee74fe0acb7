import { murmur2 } from '../protocol/murmur2.js';

/** A stream, and the partition that has events of it. */
export interface StreamPlace {
  readonly streamId: string;
  readonly partition: number;
}

/** As Kafka's Java client does it, so that any client finds a stream's partition. */
export const partitionOf = (streamId: string, partitions: number): number =>
  (murmur2(streamId) & 0x7fffffff) % partitions;

/** Whether each of these streams is where that number of partitions puts it. */
export const isLaidOutBy = (places: readonly StreamPlace[], partitions: number): boolean =>
  places.every(({ streamId, partition }) => partitionOf(streamId, partitions) === partition);

/**
 * The number of partitions that these streams were laid out by: the largest that puts each of them where it is.
 * `undefined` where no number does, because it has changed while events were appended.
 */
export function layoutOf(places: readonly StreamPlace[], partitions: number): number | undefined {
  for (let count = partitions; count > 0; count--) {
    if (isLaidOutBy(places, count)) return count;
  }
  return undefined;
}

/** The number that puts most of them where they are: for a person to decide by. */
export function likelyLayoutOf(places: readonly StreamPlace[], partitions: number): number {
  const counts = Array.from({ length: partitions }, (_, index) => partitions - index);
  const fitting = (count: number) => places.filter((place) => isLaidOutBy([place], count)).length;
  return counts.reduce((best, count) => (fitting(count) > fitting(best) ? count : best), partitions);
}
