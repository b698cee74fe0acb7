export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @returns nothing for no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (min === undefined || max === undefined || low === undefined || high === undefined) return undefined;
  return { median: (low + high) / 2, min, max };
}

/** Round by round, since what else the machine did then burdened both. */
export function ratios(
  ours: readonly number[],
  theirs: readonly number[],
  of = (a: number, b: number) => a / b,
): Spread | undefined {
  return spreadOf(
    ours.flatMap((value, round) => {
      const other = theirs[round];
      return other === undefined ? [] : [of(value, other)];
    }),
  );
}

/** @returns not a number for no values */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
