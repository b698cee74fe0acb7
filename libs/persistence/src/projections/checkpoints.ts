import type { Position } from '#libs/kernel';

export interface ProjectedPartition {
  readonly projection: string;
  readonly topic: string;
  readonly partition: number;
}

/** A position that a projection has not passed, and where it stands instead. */
export interface Shortfall {
  readonly position: Position;
  readonly nextOffset: number;
}

const keyOf = ({ projection, topic, partition }: ProjectedPartition): string =>
  `${projection} ${topic}/${partition}`;

/** How far projections had come at one moment. They never go back, so that what was passed stays passed. */
export class Checkpoints {
  readonly #nextOffsets: ReadonlyMap<string, number>;

  constructor(rows: readonly (ProjectedPartition & { readonly nextOffset: bigint | string })[]) {
    this.#nextOffsets = new Map(rows.map((row) => [keyOf(row), Number(row.nextOffset)]));
  }

  /** Those of the positions that the projection has not passed; so are all of a partition that it does not know. */
  shortfalls(projection: string, positions: readonly Position[]): Shortfall[] {
    return positions
      .map((position) => ({
        position,
        nextOffset: this.#nextOffsets.get(keyOf({ projection, ...position })) ?? 0,
      }))
      .filter(({ position, nextOffset }) => nextOffset <= position.offset);
  }
}
