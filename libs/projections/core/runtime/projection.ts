import type { LoggedEvent } from '#libs/contracts';

/** The context of a batch. */
export interface StepContext {
  /** Events of these partitions were skipped, or precede the start of the build: streams may have gaps. */
  readonly hasGaps: boolean;
}

/** A read model: its sources, its tables and how events change them. */
export interface Projection<Transaction> {
  /** Identifies its checkpoints. */
  readonly name: string;
  /** Increase it by one when the same events lead to other rows: projectors then rebuild the read model. */
  readonly version: number;
  readonly topics: readonly string[];
  /** Its tables, which it alone writes. */
  readonly tables: readonly string[];
  /** @throws if the tables are not as the projection needs them */
  readonly check?: (transaction: Transaction) => Promise<void>;
  /**
   * `write` takes events of several partitions in one call, each partition's in order. Otherwise it is called once for each
   * partition.
   */
  readonly acrossPartitions?: true;
  /** Writes the rows that follow from one or more new events. */
  readonly write: (
    transaction: Transaction,
    events: readonly LoggedEvent[],
    context: StepContext,
  ) => Promise<void>;
}
