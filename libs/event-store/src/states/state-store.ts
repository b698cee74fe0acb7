import type { TopicPartition } from '#libs/kernel';

/** A writer's right to one partition's rows: the place of its claim in the log, so a later claim has a higher one. */
export interface WriterClaim extends TopicPartition {
  readonly claim: number;
}

export interface StoredState {
  readonly streamId: string;
  /** See `recordToJson`. */
  readonly json: string;
}

/**
 * Where states are kept that do not fit into memory: a cache of the log, written behind it. Rows and checkpoint belong
 * together: the rows are the fold of the partition up to the checkpoint, of every stream that it has.
 */
export interface StateStore {
  /**
   * Takes the rows over for a claim. From then on, earlier claims cannot save.
   * @returns the checkpoint: the offset up to which the log is folded in; 0 when nothing is stored.
   * @throws StaleStateError when a later claim has them.
   */
  open(claim: WriterClaim): Promise<number>;
  /** The rows that exist among these streams, and the checkpoint that they belong to; `undefined` where there is none. */
  load(
    topic: string,
    partition: number,
    streamIds: readonly string[],
  ): Promise<{ readonly checkpoint: number | undefined; readonly states: readonly StoredState[] }>;
  /**
   * Writes rows and moves the checkpoint, both or neither.
   * @throws StaleStateError when the checkpoint is not `from` any more, or a later claim has the rows.
   */
  save(claim: WriterClaim, from: number, to: number, states: readonly StoredState[]): Promise<void>;
}

/** The rows are not as this writer left them: another one has them, or they were lost. */
export class StaleStateError extends Error {
  override readonly name = 'StaleStateError';
}
