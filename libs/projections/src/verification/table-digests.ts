import type { ExpectedRow } from './expectation.js';
import { hash64, RowDigest } from './row-digest.js';

/** Between the columns of a row's text, and in the place of one that is null. Postgres makes the same text. */
export const COLUMN_END = '\u001f';
export const NO_VALUE = '\u001e';

/** A row as one text, which equal rows share. @param names of its columns, in the order of their letters */
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

/** Digests of the rows that are expected, by table. */
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

  /** Of one table; `names` are those of its columns, unless it has no rows. */
  of(table: string): { readonly names: readonly string[] | undefined; readonly digest: RowDigest } {
    return this.#tables.get(table) ?? { names: undefined, digest: new RowDigest() };
  }
}
