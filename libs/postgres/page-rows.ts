import type { Pool } from 'pg';

/** The rows of one page, bounded in number and bytes. */
export interface FoundPage<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
}

/** Most bytes of one page. Parsing them and serialising the answer blocks all other requests of the process. */
export const PAGE_BYTES = 1_000_000;

export interface PageQuery {
  /** SQL whose rows are in page order and named `page`. It must request one row more than the limit. */
  readonly text: string;
  readonly values: readonly unknown[];
  readonly limit: number;
  /** SQL for the bytes that a row adds to the answer. */
  readonly bytes: string;
}

type MeasuredRow<Row> = Row & {
  readonly pageRows: number;
  readonly pageRow: string;
  readonly pageBytes: string;
};

/** Reads a page, which ends early at the byte limit but always has its first row. */
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

export const mapPage = <Row, Item>(
  { items, hasMore }: FoundPage<Row>,
  itemOf: (row: Row) => Item,
): FoundPage<Item> => ({ items: items.map(itemOf), hasMore });
