import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';

export type PreparedStatement = (values: unknown[]) => QueryConfig;

/**
 * A statement that each connection parses once, for frequent statements that take Postgres longer to plan than to run.
 * Connections keep prepared statements, so there must be few different texts.
 */
export function prepared(text: string): PreparedStatement {
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return (values) => ({ name, text, values });
}

/**
 * A Postgres array literal of values that need no quotes, such as ids, numbers and flags. The driver would check each
 * element for quoting, which takes longer than the statement itself.
 */
export const arrayLiteral = (values: Iterable<string | number | boolean | null>): string =>
  `{${Array.from(values, (value) => value ?? 'NULL').join(',')}}`;

/** These members of all rows, each as an {@link arrayLiteral}. */
export const arrayColumns = <Name extends string>(
  rows: readonly Readonly<Record<NoInfer<Name>, string | number | boolean | null>>[],
  ...names: readonly Name[]
): string[] => names.map((name) => arrayLiteral(rows.map((row) => row[name])));

/**
 * Text that Postgres can store: it cannot store NUL. The API refuses NUL, but an event that contains one must not stop a
 * projection.
 */
export const withoutNul = (text: string): string => text.replaceAll('\0', '');
