import type { RowColumns } from './table-rows.js';

/** A column that differs. In a JSON column each different member counts, such as `state.status`. */
export interface ColumnDifference {
  readonly column: string;
  readonly expected: string | null;
  readonly actual: string | null;
}

/**
 * One row that differs from the log:
 * - `missing`: expected but absent;
 * - `different`: present with other values;
 * - `unexpected`: present but not expected.
 */
export interface RowDifference {
  readonly kind: 'missing' | 'different' | 'unexpected';
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
  /** Only for `different` rows. */
  readonly columns?: readonly ColumnDifference[];
}

/** The columns in which two rows differ. */
export function columnDifferences(expected: RowColumns, actual: RowColumns): ColumnDifference[] {
  return Object.keys(expected).flatMap((column) => {
    const [left, right] = [expected[column] ?? null, actual[column] ?? null];
    return left === right ? [] : memberDifferences(column, left, right);
  });
}

function memberDifferences(
  column: string,
  expected: string | null,
  actual: string | null,
): ColumnDifference[] {
  const [left, right] = [membersOf(expected), membersOf(actual)];
  if (!left || !right) return [{ column, expected, actual }];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].flatMap((name) => {
    const [one, other] = [textOf(left, name), textOf(right, name)];
    return one === other ? [] : [{ column: `${column}.${name}`, expected: one, actual: other }];
  });
}

const textOf = (members: Record<string, unknown>, name: string): string | null =>
  Object.hasOwn(members, name) ? JSON.stringify(members[name]) : null;

function membersOf(text: string | null): Record<string, unknown> | undefined {
  if (text === null || !text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
