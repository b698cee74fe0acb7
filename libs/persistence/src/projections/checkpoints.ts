import type { Position } from '#libs/kernel';
import { type ProjectedPartition, projectedPartitionKey } from '#libs/projections';

/** A position that a projection has not passed, and where it stands instead. */
export interface Shortfall {
  readonly position: Position;
  readonly nextOffset: number;
}

/** How far projections had come at one moment. They never go back, so that what was passed stays passed. */
export class Checkpoints {
  readonly #nextOffsets: ReadonlyMap<string, number>;

  constructor(rows: readonly (ProjectedPartition & { readonly nextOffset: bigint | string })[]) {
    this.#nextOffsets = new Map(rows.map((row) => [projectedPartitionKey(row), Number(row.nextOffset)]));
  }

  /** Those of the positions that the projection has not passed; so are all of a partition that it does not know. */
  shortfalls(projection: string, positions: readonly Position[]): Shortfall[] {
    return positions
      .map((position) => ({
        position,
        nextOffset: this.#nextOffsets.get(projectedPartitionKey({ projection, ...position })) ?? 0,
      }))
      .filter(({ position, nextOffset }) => nextOffset <= position.offset);
  }
}
