import type { RowColumns } from './table-rows.js';

/** A column that is not as it must be. Of JSON, each member that differs is one, such as `state.status`. */
export interface ColumnDifference {
  readonly column: string;
  readonly expected: string | null;
  readonly actual: string | null;
}

/**
 * One row that is not as the log says:
 * - `missing`: it must be there;
 * - `different`: it must be otherwise;
 * - `unexpected`: it must not be there.
 */
export interface RowDifference {
  readonly kind: 'missing' | 'different' | 'unexpected';
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
  /** Of a row that is different. */
  readonly columns?: readonly ColumnDifference[];
}

/** In which columns two spellings of a row differ. */
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
