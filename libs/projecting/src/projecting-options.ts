import type { PostgresTransaction } from '#libs/persistence';
import type { Projection } from '#libs/projections';

/** Injection token of {@link ProjectingOptions}. */
export const PROJECTING = Symbol('projecting');

export interface ProjectingOptions {
  /**
   * Processes of the same group share the partitions. It is `<KAFKA_GROUP_PREFIX>-<group>` to Kafka, and another one
   * for each database: who shares partitions must share checkpoints.
   */
  readonly group: string;
  readonly projections: readonly Projection<PostgresTransaction>[];
  /**
   * Where a projection begins that has no checkpoint yet: `beginning` (default), a time with its zone, or positions
   * such as `orders/3@17,orders/4@0`. See docs/own-projector.md.
   */
  readonly startAt?: string | undefined;
}

export const projectedTopics = (projections: ProjectingOptions['projections']): string[] => [
  ...new Set(projections.flatMap(({ topics }) => topics)),
];
