import type { TopicPartition } from '#libs/kernel';

/** A writer's claim on a partition. `claim` is its offset in the log, so later claims have higher numbers. */
export interface WriterClaim extends TopicPartition {
  readonly claim: number;
}

export interface StoredState {
  readonly streamId: string;
  /** See `recordToJson`. */
  readonly json: string;
}

/**
 * Stores states that do not fit into memory, as a write-behind cache of the log. The rows are the fold of all of the
 * partition's streams up to its checkpoint.
 */
export interface StateStore {
  /**
   * Takes the rows over for a claim; earlier claims can no longer save.
   * @returns the checkpoint, the offset up to which the log is folded in; 0 if nothing is stored.
   * @throws StaleStateError if a later claim owns the rows.
   */
  open(claim: WriterClaim): Promise<number>;
  /** Loads the existing rows of these streams and their checkpoint, which is `undefined` if there is none. */
  load(
    topic: string,
    partition: number,
    streamIds: readonly string[],
  ): Promise<{ readonly checkpoint: number | undefined; readonly states: readonly StoredState[] }>;
  /**
   * Writes rows and moves the checkpoint atomically.
   * @throws StaleStateError if the checkpoint is no longer `from`, or a later claim owns the rows.
   */
  save(claim: WriterClaim, from: number, to: number, states: readonly StoredState[]): Promise<void>;
}

/** The stored rows are not those this writer left: another writer owns them, or they were lost. */
export class StaleStateError extends Error {
  override readonly name = 'StaleStateError';
}
