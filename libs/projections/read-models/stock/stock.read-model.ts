import { availableOf, type StockEvent, type StockItem, stockStreamId } from '#libs/inventory';
import type { RecordedEvent, Stream } from '#libs/kernel';
import { foldStock, STOCK_PROJECTION, STOCK_TOPIC } from './stock.projection.js';
import { oldStreamIdsOf } from '../../core/fold.js';
import type { Projection } from '../../core/runtime/projection.js';
import { prepared, withoutNul } from '#libs/postgres';
import { newlineSeparated, commaSeparated } from '../../postgres/columns.js';
import type { PostgresTransaction } from '../../postgres/postgres-transaction.js';
import { STREAM_COLUMNS, type StreamRow, streamOf } from '../../postgres/stream-row.js';

const LOAD = prepared(`
  select ${STREAM_COLUMNS} from stock_item
  where (tenant, sku) in (select * from unnest($1::text[], $2::text[]))`);

const SAVE = prepared(`
  insert into stock_item as known (tenant, sku, version, on_hand, reserved, available, created_at, updated_at, state)
  select tenant, sku, version::int, on_hand::bigint, reserved::bigint, available::bigint, created_at::timestamptz,
    updated_at::timestamptz, state::json
  from rows from (
    unnest($1::text[]), unnest($2::text[]), string_to_table($3, ','), string_to_table($4, ','),
    string_to_table($5, ','), string_to_table($6, ','), string_to_table($7, ','), string_to_table($8, ','),
    string_to_table($9, E'\\n')
  ) as row (tenant, sku, version, on_hand, reserved, available, created_at, updated_at, state)
  on conflict (tenant, sku) do update set
    version = excluded.version, on_hand = excluded.on_hand, reserved = excluded.reserved,
    available = excluded.available, updated_at = excluded.updated_at, state = excluded.state
  where known.version < excluded.version`);

/** The present state of each stock item. */
export const STOCK_READ_MODEL: Projection<PostgresTransaction> = {
  name: STOCK_PROJECTION,
  version: 1,
  topics: [STOCK_TOPIC],
  tables: ['stock_item'],
  write: async (transaction, events, context) => {
    const before = await load(transaction, events);
    await save(transaction, foldStock(before, events, context));
  },
};

/** The stored stock items that the events change, by stream id. */
async function load(
  transaction: PostgresTransaction,
  events: readonly RecordedEvent[],
): Promise<Map<string, Stream<StockItem>>> {
  const streamIds = new Set(oldStreamIdsOf(events));
  const items = new Map<string, RecordedEvent<StockEvent>>();
  for (const event of events as readonly RecordedEvent<StockEvent>[]) {
    const { streamId } = event.metadata;
    if (streamIds.has(streamId)) items.set(streamId, event);
  }
  if (items.size === 0) return new Map();
  const wanted = [...items.values()];
  const { rows } = await transaction.query<StreamRow>(
    LOAD([wanted.map(({ metadata }) => metadata.tenant), wanted.map(({ data }) => withoutNul(data.sku))]),
  );
  const streams = rows.map((row) => streamOf<StockItem>(row));
  return new Map(streams.map((stream) => [stockStreamId(stream.tenant, stream.state.sku), stream]));
}

/** One statement for all rows of a batch, for speed. */
async function save(
  transaction: PostgresTransaction,
  items: ReadonlyMap<string, Stream<StockItem>>,
): Promise<void> {
  const streams = [...items.values()];
  const states = streams.map(({ state }) => state);
  const { rowCount } = await transaction.query(
    SAVE([
      streams.map(({ tenant }) => tenant),
      states.map(({ sku }) => withoutNul(sku)),
      commaSeparated(streams.map(({ version }) => version)),
      commaSeparated(states.map(({ onHand }) => onHand)),
      commaSeparated(states.map(({ reserved }) => reserved)),
      commaSeparated(states.map(availableOf)),
      commaSeparated(streams.map(({ createdAt }) => createdAt)),
      commaSeparated(streams.map(({ updatedAt }) => updatedAt)),
      newlineSeparated(states.map((state) => JSON.stringify(state))),
    ]),
  );
  // New streams are not looked up. If one already has a row, its first event was applied before.
  if (rowCount !== streams.length) throw new Error('a stream that begins with these events already exists');
}
