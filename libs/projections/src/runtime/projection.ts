import type { LoggedEvent } from '#libs/contracts';

/** What a step has to know beside the events. */
export interface StepContext {
  /** Events were left out of this partition, by command or because the build began behind them: a stream may have a gap. */
  readonly hasGaps: boolean;
}

/** A read model: what it is built from, and how. */
export interface Projection<Transaction> {
  /** Under which it keeps its checkpoints. */
  readonly name: string;
  /** Goes up by one with every change of what it makes of the same events: it is built anew then. */
  readonly version: number;
  readonly topics: readonly string[];
  /** Its tables, which nothing else writes. */
  readonly tables: readonly string[];
  /** Writes the rows that follow from events of one partition which it has not seen yet, of which there is at least one. */
  readonly write: (
    transaction: Transaction,
    events: readonly LoggedEvent[],
    context: StepContext,
  ) => Promise<void>;
}
