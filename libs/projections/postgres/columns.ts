/**
 * Many rows are sent to Postgres as columns, each of them one text that Postgres splits. For an array the driver would
 * quote each element, which takes longer than the statement.
 */

/** For `string_to_table($n, E'\n')`: JSON texts, which contain no line breaks. */
export const newlineSeparated = (json: readonly string[]): string => json.join('\n');

/** For `string_to_table($n, ',')`: values such as ids, numbers and times, never empty or with a comma; null is empty. */
export const commaSeparated = (values: readonly (string | number | bigint | null)[]): string =>
  values.join(',');
