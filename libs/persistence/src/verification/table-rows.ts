import { canonicalJson } from '#libs/kernel';
import type { ExpectedRow, VerifiedTable } from '#libs/projections';
import type { Snapshot } from './snapshot.js';

/** All columns of a row, spelt as {@link ExpectedRow} has them. */
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

/** The rows of one table, read by plain statements that follow from its columns alone. */
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

  /** @throws when somebody has given the table a column of which nothing says what it must be. */
  expectSameColumns({ columns }: ExpectedRow): void {
    const there = this.columns.map(({ name }) => name);
    const expected = Object.keys(columns).toSorted();
    if (there.join() === expected.join()) return;
    throw new Error(`${this.name} has the columns ${there.join(', ')}; expected are ${expected.join(', ')}`);
  }

  /** Tells a row from every other of the table. */
  keyOf(columns: RowColumns): string {
    return JSON.stringify(this.#keys.map(({ name }) => columns[name]));
  }

  /** The same, for people. */
  keyColumns(columns: RowColumns): Record<string, string> {
    return Object.fromEntries(this.#keys.map(({ name }) => [name, columns[name] ?? '']));
  }

  /** The row as one text, which equal rows share. */
  textOf(columns: RowColumns): string {
    return JSON.stringify([this.name, ...this.columns.map(({ name }) => columns[name])]);
  }

  /** Those that have the keys of these, by key. */
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
    const spelt = found.map((row) => this.#spelt(row));
    return new Map(spelt.map((row) => [this.keyOf(row), row]));
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
        for (const row of rows) yield this.#spelt(row);
      }
    } finally {
      await this.snapshot.query('close every_key');
    }
  }

  get #keys(): readonly Column[] {
    return this.columns.filter(({ isKey }) => isKey);
  }

  get #condition(): string {
    return this.table.void === undefined ? 'true' : `not (${this.table.void})`;
  }

  #spelt(row: Readonly<Record<string, string | null>>): RowColumns {
    const spelt: Record<string, string | null> = {};
    for (const { name, type } of this.columns) {
      const text = row[name];
      if (text !== undefined) spelt[name] = text === null ? null : spell(type, text);
    }
    return spelt;
  }
}

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

function textColumn({ name, type }: Column): string {
  const column = `found.${quoted(name)}`;
  return `${sqlText(column, type)} as ${quoted(name)}`;
}

function sqlText(column: string, type: string): string {
  switch (type) {
    case 'timestamp with time zone':
      return `(extract(epoch from ${column}) * 1000)::text`;
    case 'bytea':
      return `encode(sha256(${column}), 'hex')`;
    case 'numeric':
      return `trim_scale(${column})::text`;
    default:
      return `${column}::text`;
  }
}

function spell(type: string, text: string): string {
  if (type === 'json') return canonicalJson(JSON.parse(text));
  if (type !== 'timestamp with time zone') return text;
  const time = new Date(Number(text));
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}
