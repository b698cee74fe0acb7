/**
 * Many rows go to Postgres as columns, each one text, which it takes apart: an array makes the driver quote element by
 * element, and that takes longer than all the rest.
 */

/** For `string_to_table($n, E'\n')`. JSON has no line breaks of its own. */
export const newlineSeparated = (json: readonly string[]): string => json.join('\n');

/** For `string_to_table($n, ',')`: ids, numbers, times and the like, none of which has a comma, or is empty. */
export const commaSeparated = (values: readonly (string | number | bigint)[]): string => values.join(',');
