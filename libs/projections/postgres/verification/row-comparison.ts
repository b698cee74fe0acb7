import type { ExpectedRow } from '../../core/verification/expectation.js';
import { hash64, RowDigest } from '../../core/verification/row-digest.js';
import type { KeyTally } from '../../core/verification/key-tally.js';
import { type ColumnDifference, columnDifferences, type RowDifference } from './row-difference.js';
import type { RowColumns, TableRows } from './table-rows.js';

/** Rows in one statement. */
const CHUNK = 1_000;

/** The size and the digest of a set of rows. */
export interface RowSet {
  readonly rows: number;
  /** The digest of the rows' texts, as 16 hexadecimal digits. */
  readonly digest: string;
}

export interface ComparedTable {
  readonly rows: TableRows;
  /** Counts the expected keys that were found. */
  readonly tally: KeyTally;
}

/** Looks up the rows that are expected in one partition, and counts, digests and compares them. */
export class RowComparison {
  readonly #expected = new RowDigest();
  readonly #actual = new RowDigest();
  readonly #listed: RowDifference[] = [];
  #differing = 0;
  #pending: ExpectedRow[] = [];

  constructor(
    private readonly tables: ReadonlyMap<string, ComparedTable>,
    /** Most differences to list; all of them are counted. */
    private readonly most: number,
  ) {}

  /** @returns a promise if the caller has to wait */
  add(row: ExpectedRow): Promise<void> | undefined {
    this.#pending.push(row);
    return this.#pending.length >= CHUNK ? this.flush() : undefined;
  }

  async flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    for (const [name, table] of this.tables) {
      const rows = pending.filter((row) => row.table === name);
      if (rows.length > 0) await this.#compare(table, rows);
    }
  }

  get expected(): RowSet {
    return { rows: this.#expected.rows, digest: this.#expected.text };
  }

  get actual(): RowSet {
    return { rows: this.#actual.rows, digest: this.#actual.text };
  }

  get differing(): number {
    return this.#differing;
  }

  get differences(): readonly RowDifference[] {
    return this.#listed;
  }

  async #compare({ rows: table, tally }: ComparedTable, rows: readonly ExpectedRow[]): Promise<void> {
    if (rows[0]) table.expectSameColumns(Object.keys(rows[0].columns).toSorted());
    const found = await table.find(rows);
    for (const { columns } of rows) {
      const expectedText = table.textOf(columns);
      const hash = hash64(expectedText);
      this.#expected.add(hash);
      const key = table.keyOf(columns);
      const there = found.get(key);
      if (!there) {
        this.#note({ kind: 'missing', table: table.name, key: table.keyColumns(columns) });
        continue;
      }
      tally.add(key);
      const text = table.textOf(there);
      const differing = text === expectedText ? [] : differencesOf(table, columns, there);
      this.#actual.add(differing.length === 0 ? hash : hash64(text));
      if (differing.length === 0) continue;
      this.#note({
        kind: 'different',
        table: table.name,
        key: table.keyColumns(columns),
        columns: differing,
      });
    }
  }

  #note(difference: RowDifference): void {
    this.#differing += 1;
    if (this.#listed.length < this.most) this.#listed.push(difference);
  }
}

/** No differences if the two are the same JSON in different spellings. */
const differencesOf = (table: TableRows, expected: RowColumns, there: RowColumns): ColumnDifference[] =>
  columnDifferences(table.canonical(expected), table.canonical(there));
