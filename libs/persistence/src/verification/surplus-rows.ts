import { KeyTally, type VerifiedReadModel } from '#libs/projections';
import type { ComparedTable } from './row-comparison.js';
import type { RowDifference } from './row-difference.js';
import type { Snapshot } from './snapshot.js';
import { TableRows } from './table-rows.js';

/** Rows of all tables that no partition expects. */
export interface SurplusRows {
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly RowDifference[];
}

/** The tables as partitions are compared with them, one partition after the other or side by side. */
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

/** To be called when all partitions are compared. The tables are read only where they hold more than was expected. */
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
