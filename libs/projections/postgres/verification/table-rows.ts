import { canonicalJson } from '#libs/kernel';
import { COLUMN_END, NO_VALUE, rowText } from '../../core/verification/table-digests.js';
import type { ExpectedRow, VerifiedTable } from '../../core/verification/expectation.js';
import { RowDigest } from '../../core/verification/row-digest.js';
import type { Snapshot } from './snapshot.js';

/** All columns of a row, in the spelling of {@link ExpectedRow}. */
export type RowColumns = Readonly<Record<string, string | null>>;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
}

const COLUMNS = `
  select attname as name, format_type(atttypid, null) as type, coalesce(attnum = any(indkey), false) as "isKey"
  from pg_attribute left join pg_index on indrelid = attrelid and indisprimary
  where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attname`;

const CURSOR_ROWS = 10_000;

/** Reads the rows of one table with statements derived from its columns alone. */
export class TableRows {
  private constructor(
    private readonly snapshot: Pick<Snapshot, 'query'>,
    private readonly table: VerifiedTable,
    private readonly columns: readonly Column[],
  ) {}

  static async of(snapshot: Pick<Snapshot, 'query'>, table: VerifiedTable): Promise<TableRows> {
    const columns = await snapshot.query<Column & Record<string, unknown>>(COLUMNS, [quoted(table.name)]);
    if (!columns.some(({ isKey }) => isKey)) throw new Error(`${table.name} has no primary key`);
    return new TableRows(snapshot, table, columns);
  }

  get name(): string {
    return this.table.name;
  }

  /** @throws if the table has a column for which there is no expectation */
  expectSameColumns(expected: readonly string[]): void {
    const there = this.#names;
    if (there.join() === expected.join()) return;
    throw new Error(`${this.name} has the columns ${there.join(', ')}; expected are ${expected.join(', ')}`);
  }

  /** The primary key as text. */
  keyOf(columns: RowColumns): string {
    return JSON.stringify(this.#keys.map(({ name }) => columns[name]));
  }

  /** The primary key, for reports. */
  keyColumns(columns: RowColumns): Record<string, string> {
    return Object.fromEntries(this.#keys.map(({ name }) => [name, columns[name] ?? '']));
  }

  /** The row as one text; equal rows have equal texts. */
  textOf(columns: RowColumns): string {
    return rowText(this.name, this.#names, columns);
  }

  /** The row with its JSON in canonical spelling. */
  canonical(columns: RowColumns): RowColumns {
    const json = this.columns.filter(({ type }) => type === 'json').map(({ name }) => name);
    const spelt = json.map((name) => [name, canonicalText(columns[name] ?? null)] as const);
    return { ...columns, ...Object.fromEntries(spelt) };
  }

  /** The digest of all rows, computed by Postgres in the same way as {@link TableDigests} does for expected rows. */
  async digest(): Promise<RowDigest> {
    const texts = this.columns.map((column) => `coalesce(${sqlText(column)}, U&'${escaped(NO_VALUE)}')`);
    const row = [literal(this.name), ...texts].join(` || U&'${escaped(COLUMN_END)}' || `);
    const hash = `('x' || encode(substr(sha256(convert_to(${row}, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint`;
    const [found] = await this.snapshot.query<{ rows: string; sum: string }>(
      `select count(*) as rows, coalesce(sum(${hash}), 0) as sum from ${quoted(this.name)} as found
       where ${this.#condition}`,
    );
    const digest = new RowDigest();
    digest.addAll(Number(found?.rows), BigInt(found?.sum ?? 0));
    return digest;
  }

  /** The rows with the same keys, by key. */
  async find(rows: readonly ExpectedRow[]): Promise<Map<string, RowColumns>> {
    const keys = this.#keys;
    const wanted = keys.map((_, index) => `$${index + 1}::text[]`).join(', ');
    const same = keys.map(({ name, type }) => `found.${quoted(name)} = wanted.${quoted(name)}::${type}`);
    const found = await this.snapshot.query<Record<string, string | null>>(
      `select ${this.columns.map(textColumn).join(', ')} from ${quoted(this.name)} as found
       join unnest(${wanted}) as wanted (${keys.map(({ name }) => quoted(name)).join(', ')}) on ${same.join(' and ')}
       where ${this.#condition}`,
      keys.map(({ name }) => rows.map(({ columns }) => columns[name])),
    );
    return new Map(found.map((row) => [this.keyOf(row), row]));
  }

  async count(): Promise<number> {
    const [row] = await this.snapshot.query<{ count: string }>(
      `select count(*) from ${quoted(this.name)} as found where ${this.#condition}`,
    );
    return Number(row?.count);
  }

  /** The key columns of every row. */
  async *keys(): AsyncIterable<RowColumns> {
    await this.snapshot.query(
      `declare every_key no scroll cursor for
       select ${this.#keys.map(textColumn).join(', ')} from ${quoted(this.name)} as found where ${this.#condition}`,
    );
    try {
      for (;;) {
        const rows = await this.snapshot.query<Record<string, string | null>>(
          `fetch ${CURSOR_ROWS} from every_key`,
        );
        if (rows.length === 0) return;
        yield* rows;
      }
    } finally {
      await this.snapshot.query('close every_key');
    }
  }

  get #keys(): readonly Column[] {
    return this.columns.filter(({ isKey }) => isKey);
  }

  get #names(): readonly string[] {
    return this.columns.map(({ name }) => name);
  }

  get #condition(): string {
    return this.table.emptyRow === undefined ? 'true' : `not (${this.table.emptyRow})`;
  }
}

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** One character as an escape of an SQL Unicode string. */
const escaped = (character: string): string => `\\${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const textColumn = (column: Column): string => `${sqlText(column)} as ${quoted(column.name)}`;

function sqlText({ name, type }: Column): string {
  const column = `found.${quoted(name)}`;
  switch (type) {
    case 'timestamp with time zone':
      return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    case 'bytea':
      return `encode(sha256(${column}), 'hex')`;
    case 'numeric':
      return `trim_scale(${column})::text`;
    default:
      return `${column}::text`;
  }
}

function canonicalText(text: string | null): string | null {
  return text === null ? null : canonicalJson(JSON.parse(text));
}
