import { equalsLog, type ProjectionVerification, MAX_LISTED_ROWS } from './projection-verification.js';

/** A row that differs, without any value: those may be personal data. */
export interface FoundDifference {
  readonly kind: 'missing' | 'different' | 'unexpected';
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
  /** The columns that differ. */
  readonly columns?: readonly string[];
}

/** What a verification has found, as it is kept. */
export interface FoundDifferences {
  readonly equal: boolean;
  readonly events: number;
  readonly rows: number;
  /** How many rows differ. */
  readonly differing: number;
  /** The first differences. */
  readonly differences: readonly FoundDifference[];
  /** Why the rows of a partition cannot be derived from the log. */
  readonly obstacles: readonly string[];
}

/** Sums up the partitions, and leaves out all values. */
export function foundDifferences(found: ProjectionVerification): FoundDifferences {
  const { partitions, surplus } = found;
  const sum = (of: (each: (typeof partitions)[number]) => number): number =>
    partitions.reduce((total, each) => total + of(each), 0);
  const listed = [...partitions.flatMap(({ differences }) => differences), ...(surplus?.rows ?? [])];
  return {
    equal: equalsLog(found),
    events: sum(({ events }) => events),
    rows: sum(({ expected }) => expected.rows),
    differing: sum(({ differing }) => differing) + Math.abs(surplus?.count ?? 0),
    differences: listed.slice(0, MAX_LISTED_ROWS).map(({ kind, table, key, columns }) => ({
      kind,
      table,
      key,
      ...(columns && { columns: columns.map(({ column }) => column) }),
    })),
    obstacles: partitions.flatMap(({ topic, partition, obstacle }) =>
      obstacle === undefined ? [] : [`${topic}/${partition}: ${obstacle}`],
    ),
  };
}
