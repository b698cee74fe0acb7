import { type Position, topicPartitionKey } from '#libs/kernel';
import type { ProjectionStatus } from './projection-commands.js';

/** Where a build stands in a partition, and how many log offsets it has not read; `null` if Kafka did not answer. */
export interface ProjectionStatusWithLag extends ProjectionStatus {
  readonly lag: number | null;
}

/** @param ends of the log; `undefined` if Kafka did not answer */
export function withLag(
  statuses: readonly ProjectionStatus[],
  ends: readonly Position[] | undefined,
): ProjectionStatusWithLag[] {
  const endOf = new Map(ends?.map((end) => [topicPartitionKey(end), end.offset]));
  return statuses.map((status) => {
    const end = endOf.get(topicPartitionKey(status));
    return { ...status, lag: end === undefined ? null : Math.max(0, end - status.nextOffset) };
  });
}
