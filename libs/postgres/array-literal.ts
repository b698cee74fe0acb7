/**
 * A Postgres array literal of values that need no quotes, such as ids, numbers and flags. The driver would check each
 * element for quoting, which takes longer than the statement itself.
 */
export const arrayLiteral = (values: Iterable<string | number | boolean | null>): string =>
  `{${Array.from(values, (value) => value ?? 'NULL').join(',')}}`;
