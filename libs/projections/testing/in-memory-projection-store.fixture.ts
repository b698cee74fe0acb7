import {
  type BuildPartition,
  type CheckpointMove,
  type CheckpointState,
  projectedPartitionKey,
  type ProjectionFault,
  type ProjectionStore,
  StaleCheckpointError,
} from '../core/runtime/projection-store.js';

export class StoreOutage extends Error {}

/** Fails before a commit, or after it, as if the answer were lost. */
export type CommitFailure = 'before' | 'after' | undefined;

interface Standing {
  next: number;
  fault: ProjectionFault | undefined;
  readonly skipped: Set<number>;
}

/** A transaction is the rows that its commit adds. */
export class InMemoryProjectionStore<Row> implements ProjectionStore<Row[]> {
  rows: readonly Row[] = [];
  /** The moves of each transaction that was begun. */
  readonly transactions: (readonly CheckpointMove[])[] = [];
  /** What becomes of the next transactions. */
  failures: CommitFailure[] = [];
  /** Before the next transactions look at their checkpoints. */
  meanwhile: () => Promise<void> = async () => undefined;
  readonly #standings = new Map<string, Standing>();

  /** Begins it, if it is new. */
  at(place: BuildPartition): Standing {
    const key = keyOf(place);
    const standing = this.#standings.get(key) ?? { next: 0, fault: undefined, skipped: new Set() };
    this.#standings.set(key, standing);
    return standing;
  }

  async loadCheckpoint(at: BuildPartition): Promise<CheckpointState> {
    const { next, fault, skipped } = this.at(at);
    return { nextOffset: next, fault, skipped: [...skipped], hasGaps: false };
  }

  async advance(
    moves: readonly CheckpointMove[],
    write: (transaction: Row[]) => Promise<void>,
  ): Promise<void> {
    this.transactions.push(moves);
    const failure = this.failures.shift();
    await this.meanwhile();
    if (failure === 'before') throw new StoreOutage();
    this.#expectFresh(moves);
    const added: Row[] = [];
    await write(added);
    this.#expectFresh(moves);
    this.rows = [...this.rows, ...added];
    for (const move of moves) Object.assign(this.at(move), { next: move.to, fault: undefined });
    if (failure === 'after') throw new StoreOutage();
  }

  async stop(at: BuildPartition, from: number, fault: ProjectionFault): Promise<void> {
    this.#expectFresh([{ ...at, from, to: from }]);
    this.at(at).fault = fault;
  }

  isOutage(error: unknown): boolean {
    return error instanceof StoreOutage;
  }

  #expectFresh(moves: readonly CheckpointMove[]): void {
    if (moves.some((move) => this.#standings.get(keyOf(move))?.next !== move.from))
      throw new StaleCheckpointError();
  }
}

const keyOf = (place: BuildPartition): string => `${projectedPartitionKey(place)} ${place.build}`;
