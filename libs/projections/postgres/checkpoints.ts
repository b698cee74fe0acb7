import type { Position } from '#libs/kernel';
import { type ProjectedPartition, projectedPartitionKey } from '../core/runtime/projection-store.js';

/** A position that a projection has not passed, and the projection's checkpoint. */
export interface Shortfall {
  readonly position: Position;
  readonly nextOffset: number;
}

/** The checkpoints of projections at one moment. They never go back: a passed position stays passed. */
export class Checkpoints {
  readonly #nextOffsets: ReadonlyMap<string, number>;

  constructor(rows: readonly (ProjectedPartition & { readonly nextOffset: bigint | string })[]) {
    this.#nextOffsets = new Map(rows.map((row) => [projectedPartitionKey(row), Number(row.nextOffset)]));
  }

  /** The positions that the projection has not passed, including all positions of partitions without a checkpoint. */
  shortfalls(projection: string, positions: readonly Position[]): Shortfall[] {
    return positions
      .map((position) => ({
        position,
        nextOffset: this.#nextOffsets.get(projectedPartitionKey({ projection, ...position })) ?? 0,
      }))
      .filter(({ position, nextOffset }) => nextOffset <= position.offset);
  }
}
