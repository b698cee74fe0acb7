import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import type { Projection } from '../core/runtime/projection.js';

/** Injection token of {@link ProjectingOptions}. */
export const PROJECTING = Symbol('projecting');

export interface ProjectingOptions {
  /**
   * Processes of one consumer group share the partitions, so they must share the checkpoints: use a different group for
   * each database. The name in Kafka is `<KAFKA_GROUP_PREFIX>-<group>`.
   */
  readonly group: string;
  readonly projections: readonly Projection<PostgresTransaction>[];
  /**
   * Where a projection without checkpoints begins: `beginning` (default), a time with its zone, or positions such as
   * `orders/3@17,orders/4@0`. See docs/own-projector.md.
   */
  readonly startAt?: string | undefined;
}

export const projectedTopics = (projections: ProjectingOptions['projections']): string[] => [
  ...new Set(projections.flatMap(({ topics }) => topics)),
];
