import type { Pool } from 'pg';
import { Pieces, type Stream } from '#libs/kernel';
import { type FoundPage, type PageQuery, pageRows, type Prisma } from '#libs/postgres';

/** The columns that the table of every stream read model has. */
export interface StreamRow {
  readonly tenant: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: Prisma.JsonValue;
}

/** Selects those columns under the property names of {@link StreamRow}. */
export const STREAM_COLUMNS = 'tenant, version, created_at as "createdAt", updated_at as "updatedAt", state';

/** A page reads the state as text, because it parses the states in pieces. */
const PAGE_COLUMNS = STREAM_COLUMNS.replace(/state$/, 'state::text');
const STREAM_BYTES = 'octet_length(page.state)';
/** Bytes of states to parse before other work gets a turn. */
const PIECE_BYTES = 65_536;

/** The streams of a page. @param query with `$columns` in the place of its columns */
export async function streamPage<State>(
  pool: Pick<Pool, 'query'>,
  query: Omit<PageQuery, 'bytes'>,
): Promise<FoundPage<Stream<State>>> {
  const text = query.text.replace('$columns', PAGE_COLUMNS);
  const { items, hasMore } = await pageRows<StreamRow & { readonly state: string }>(pool, {
    ...query,
    text,
    bytes: STREAM_BYTES,
  });
  const pieces = new Pieces(PIECE_BYTES);
  const streams: Stream<State>[] = [];
  for (const row of items) {
    await pieces.before(row.state.length);
    streams.push(streamOf<State>({ ...row, state: JSON.parse(row.state) as Prisma.JsonValue }));
  }
  return { items: streams, hasMore };
}

export const streamOf = <State>({
  tenant,
  version,
  createdAt,
  updatedAt,
  state,
}: StreamRow): Stream<State> => ({
  tenant,
  version,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
  state: state as State,
});
