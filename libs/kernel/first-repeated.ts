/** The first value that occurs again later; `undefined` if all differ. */
export const firstRepeated = <Value>(values: readonly Value[]): Value | undefined =>
  values.find((value, index) => values.includes(value, index + 1));
