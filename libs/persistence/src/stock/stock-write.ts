import { availableOf, type StockEvent, type StockItem, stockStreamId } from '#libs/inventory';
import type { RecordedEvent, Stream } from '#libs/kernel';
import { withoutNul } from '../database/postgres-text.js';
import { Prisma } from '../generated/client.js';
import { type StreamRow, streamOf } from '../projections/stream-row.js';

/** The stock items that these events are about, as the read model has them, by stream id. */
export async function loadStock(
  transaction: Prisma.TransactionClient,
  events: readonly RecordedEvent[],
): Promise<Map<string, Stream<StockItem>>> {
  const stockEvents = events as readonly RecordedEvent<StockEvent>[];
  const rows = await transaction.$queryRaw<StreamRow[]>`
    select tenant, version, created_at as "createdAt", updated_at as "updatedAt", state
    from stock_item
    where (tenant, sku) in (select * from unnest(
      ${stockEvents.map(({ metadata }) => metadata.tenant)}::text[],
      ${stockEvents.map(({ data }) => withoutNul(data.sku))}::text[]
    ))`;
  const streams = rows.map((row) => streamOf<StockItem>(row));
  return new Map(streams.map((stream) => [stockStreamId(stream.tenant, stream.state.sku), stream]));
}

/** One statement for all rows of a batch: as fast as the database takes them. */
export async function saveStock(
  transaction: Prisma.TransactionClient,
  items: ReadonlyMap<string, Stream<StockItem>>,
): Promise<void> {
  const streams = [...items.values()];
  const states = streams.map(({ state }) => state);
  await transaction.$executeRaw(Prisma.sql`
    insert into stock_item (tenant, sku, version, on_hand, reserved, available, created_at, updated_at, state)
    select * from unnest(
      ${streams.map(({ tenant }) => tenant)}::text[],
      ${states.map(({ sku }) => withoutNul(sku))}::text[],
      ${streams.map(({ version }) => version)}::int[],
      ${states.map(({ onHand }) => onHand)}::bigint[],
      ${states.map(({ reserved }) => reserved)}::bigint[],
      ${states.map(availableOf)}::bigint[],
      ${streams.map(({ createdAt }) => createdAt)}::timestamptz[],
      ${streams.map(({ updatedAt }) => updatedAt)}::timestamptz[],
      ${states.map((state) => JSON.stringify(state))}::json[]
    )
    on conflict (tenant, sku) do update set
      version = excluded.version, on_hand = excluded.on_hand, reserved = excluded.reserved,
      available = excluded.available, updated_at = excluded.updated_at, state = excluded.state`);
}
