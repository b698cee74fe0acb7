import type { RecordedEvent } from '#libs/kernel';
import {
  foldOrderFacts,
  type OrderFact,
  type StatisticsChange,
  statisticsChanges,
} from './order-statistics.projection.js';
import { oldStreamIdsOf } from '../../core/fold.js';
import { ORDER_AGGREGATE } from '#libs/orders';
import type { Projection } from '../../core/runtime/projection.js';
import { prepared } from '#libs/postgres';
import { commaSeparated } from '../../postgres/columns.js';
import type { PostgresTransaction } from '../../postgres/postgres-transaction.js';

const LOAD_FACTS = prepared(`
  select order_id as "orderId", tenant, hour, currency, status, total from order_fact
  where order_id in (select string_to_table($1, ',')::uuid)`);

/** One statement for both tables, which saves a round trip. Returns how many facts are new. */
const SAVE = prepared(`
  with saved as (
    insert into order_fact (order_id, tenant, hour, currency, status, total)
    select order_id::uuid, tenant, hour::timestamptz, currency, status, total::bigint
    from rows from (
      string_to_table($1, ','), unnest($2::text[]), string_to_table($3, ','), string_to_table($4, ','),
      string_to_table($5, ','), string_to_table($6, ',')
    ) as row (order_id, tenant, hour, currency, status, total)
    on conflict (order_id) do update set status = excluded.status
    returning xmax
  ), added as (
    insert into order_statistics as statistics (tenant, hour, currency, status, partition, orders, revenue)
    select tenant, hour::timestamptz, currency, status, partition::int, orders::bigint, revenue::numeric
    from rows from (
      unnest($7::text[]), string_to_table($8, ','), string_to_table($9, ','), string_to_table($10, ','),
      string_to_table($11, ','), string_to_table($12, ','), string_to_table($13, ',')
    ) as row (tenant, hour, currency, status, partition, orders, revenue)
    on conflict (tenant, hour, currency, status, partition) do update set
      orders = statistics.orders + excluded.orders, revenue = statistics.revenue + excluded.revenue
  ) select count(*)::int as made from saved where xmax = 0`);

export const STATISTICS_PROJECTION = 'order-statistics';

/** Counts of orders and their revenue, by hour of creation and current status. */
export const ORDER_STATISTICS_READ_MODEL: Projection<PostgresTransaction> = {
  name: STATISTICS_PROJECTION,
  version: 1,
  topics: [ORDER_AGGREGATE.topic],
  acrossPartitions: true,
  tables: ['order_fact', 'order_statistics'],
  write: async (transaction, events, context) => {
    const before = await loadFacts(transaction, events);
    const after = foldOrderFacts(before, events, context);
    const begun = [...after.keys()].filter((orderId) => !before.has(orderId));
    await save(transaction, [...after.values()], begun.length, statisticsChanges(before, after));
  },
};

async function loadFacts(
  transaction: PostgresTransaction,
  events: readonly RecordedEvent[],
): Promise<Map<string, OrderFact>> {
  const orderIds = oldStreamIdsOf(events);
  if (orderIds.length === 0) return new Map();
  const { rows } = await transaction.query<Omit<OrderFact, 'hour' | 'total'> & { hour: Date; total: string }>(
    LOAD_FACTS([commaSeparated(orderIds)]),
  );
  return new Map(
    rows.map(({ hour, total, ...row }) => [
      row.orderId,
      { ...row, hour: hour.toISOString(), total: Number(total) },
    ]),
  );
}

/** @param begun how many of the facts belong to new orders. @throws if one of these already has a row */
async function save(
  transaction: PostgresTransaction,
  facts: readonly OrderFact[],
  begun: number,
  changes: readonly StatisticsChange[],
): Promise<void> {
  if (facts.length === 0) return;
  const { rows } = await transaction.query<{ made: number }>(
    SAVE([
      commaSeparated(facts.map(({ orderId }) => orderId)),
      facts.map(({ tenant }) => tenant),
      commaSeparated(facts.map(({ hour }) => hour)),
      commaSeparated(facts.map(({ currency }) => currency)),
      commaSeparated(facts.map(({ status }) => status)),
      commaSeparated(facts.map(({ total }) => total)),
      changes.map(({ tenant }) => tenant),
      commaSeparated(changes.map(({ hour }) => hour)),
      commaSeparated(changes.map(({ currency }) => currency)),
      commaSeparated(changes.map(({ status }) => status)),
      commaSeparated(changes.map(({ partition }) => partition)),
      commaSeparated(changes.map(({ orders }) => orders)),
      commaSeparated(changes.map(({ revenue }) => revenue)),
    ]),
  );
  // New streams are not looked up. If one already has a row, its first event was applied before.
  if (rows[0]?.made !== begun) throw new Error('a stream that begins with these events already exists');
}
