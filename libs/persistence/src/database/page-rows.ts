import type { Pool } from 'pg';

/** What a list has found: no more than was asked for, and no more bytes than one page may have. */
export interface FoundPage<Item> {
  readonly items: readonly Item[];
  /** There is more behind them. */
  readonly hasMore: boolean;
}

/**
 * Bytes that are read for one page: about what its answer has. To parse them, and to write the answer, holds up all other
 * requests of the process.
 */
export const PAGE_BYTES = 1_000_000;

export interface PageQuery {
  /** In the order of the page; its rows are called `page`. Asks for one row more than the limit. */
  readonly text: string;
  readonly values: readonly unknown[];
  readonly limit: number;
  /** SQL of how much a row adds to the answer, in bytes. */
  readonly bytes: string;
}

type MeasuredRow<Row> = Row & {
  readonly pageRows: number;
  readonly pageRow: string;
  readonly pageBytes: string;
};

/** Rows of a page. It ends early where it would have too many bytes, but the first row is always there. */
export async function pageRows<Row extends object>(
  pool: Pick<Pool, 'query'>,
  { text, values, limit, bytes }: PageQuery,
): Promise<FoundPage<Row>> {
  const { rows } = await pool.query<MeasuredRow<Row>>(
    `select * from (
      select page.*, (count(*) over ())::int as "pageRows", row_number() over () as "pageRow",
        sum(${bytes}) over (rows unbounded preceding) as "pageBytes"
      from (${text}) as page
    ) as page where "pageRow" = 1 or "pageBytes" <= ${PAGE_BYTES}
    order by "pageRow"`,
    [...values],
  );
  const shown = rows.slice(0, limit);
  const items = shown.map(
    ({ pageRows: _, pageRow: _row, pageBytes: _bytes, ...row }) => row as unknown as Row,
  );
  return { items, hasMore: items.length < (rows[0]?.pageRows ?? 0) };
}

/** The same with its items made from its rows. */
export const mapPage = <Row, Item>(
  { items, hasMore }: FoundPage<Row>,
  itemOf: (row: Row) => Item,
): FoundPage<Item> => ({ items: items.map(itemOf), hasMore });
