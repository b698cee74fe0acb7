import { KeyTally } from '../../core/verification/key-tally.js';
import type { VerifiedReadModel } from '../../core/verification/expectation.js';
import type { ComparedTable } from './row-comparison.js';
import type { RowDifference } from './row-difference.js';
import type { Snapshot } from './snapshot.js';
import { TableRows } from './table-rows.js';

/** Rows that no partition expects. */
export interface SurplusRows {
  readonly count: number;
  /** The first rows. */
  readonly rows: readonly RowDifference[];
}

/** Prepares the tables for the comparison of partitions, sequential or concurrent. */
export async function comparedTables(
  snapshot: Pick<Snapshot, 'query'>,
  { tables }: VerifiedReadModel,
  tallies: ReadonlyMap<string, KeyTally> = new Map(),
): Promise<Map<string, ComparedTable>> {
  const compared = new Map<string, ComparedTable>();
  for (const table of tables) {
    const tally = tallies.get(table.name) ?? new KeyTally();
    compared.set(table.name, { rows: await TableRows.of(snapshot, table), tally });
  }
  return compared;
}

/** Call it after all partitions were compared. Reads a table only if it holds more rows than expected. */
export async function surplusRows(tables: Iterable<ComparedTable>, most: number): Promise<SurplusRows> {
  let count = 0;
  const rows: RowDifference[] = [];
  for (const { rows: table, tally } of tables) {
    const surplus = (await table.count()) - tally.size;
    if (surplus === 0) continue;
    count += surplus;
    for await (const columns of table.keys()) tally.subtract(table.keyOf(columns));
    for await (const columns of table.keys()) {
      if (rows.length >= most) break;
      if (!tally.isSurplus(table.keyOf(columns))) continue;
      rows.push({ kind: 'unexpected', table: table.name, key: table.keyColumns(columns) });
    }
  }
  return { count, rows };
}
