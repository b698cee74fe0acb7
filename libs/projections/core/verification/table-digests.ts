import type { ExpectedRow } from './expectation.js';
import { hash64, RowDigest } from './row-digest.js';

/** Separators of a row's text: after a column, and in place of null. Postgres builds the same text. */
export const COLUMN_END = '\u001f';
export const NO_VALUE = '\u001e';

/** A row as one text; equal rows have equal texts. @param names of its columns, sorted */
export function rowText(
  table: string,
  names: readonly string[],
  columns: Readonly<Record<string, string | null>>,
): string {
  let text = table;
  for (const name of names) text += COLUMN_END + (columns[name] ?? NO_VALUE);
  return text;
}

interface TableDigest {
  readonly names: readonly string[];
  readonly digest: RowDigest;
}

/** The digests of the expected rows, by table. */
export class TableDigests {
  readonly #tables = new Map<string, TableDigest>();

  add({ table, columns }: ExpectedRow): void {
    let known = this.#tables.get(table);
    if (!known) {
      known = { names: Object.keys(columns).toSorted(), digest: new RowDigest() };
      this.#tables.set(table, known);
    }
    known.digest.add(hash64(rowText(table, known.names, columns)));
  }

  include(others: TableDigests): void {
    for (const [table, { names, digest }] of others.#tables) {
      const known = this.#tables.get(table) ?? { names, digest: new RowDigest() };
      known.digest.addAll(digest.rows, digest.sum);
      this.#tables.set(table, known);
    }
  }

  /** The digest of one table, and the names of its columns unless it has no rows. */
  of(table: string): { readonly names: readonly string[] | undefined; readonly digest: RowDigest } {
    return this.#tables.get(table) ?? { names: undefined, digest: new RowDigest() };
  }
}
