import type { RecordedEvent, Stream } from '#libs/kernel';
import type { ExistingOrder, OrderState } from '#libs/orders';
import { foldOrders, ORDERS_PROJECTION, ORDERS_TOPIC } from './orders.projection.js';
import { oldStreamIdsOf } from '../../core/fold.js';
import type { Projection } from '../../core/runtime/projection.js';
import { prepared, withoutNul } from '#libs/postgres';
import { newlineSeparated, commaSeparated } from '../../postgres/columns.js';
import type { PostgresTransaction } from '../../postgres/postgres-transaction.js';
import { STREAM_COLUMNS, type StreamRow, streamOf } from '../../postgres/stream-row.js';

const LOAD = prepared(`
  select order_id as "orderId", ${STREAM_COLUMNS} from "order"
  where order_id in (select string_to_table($1, ',')::uuid)`);

const SAVE = prepared(`
  insert into "order" as known (order_id, tenant, version, status, customer_id, created_at, updated_at, state)
  select order_id::uuid, tenant, version::int, status, customer_id, created_at::timestamptz, updated_at::timestamptz,
    state::json
  from rows from (
    string_to_table($1, ','), unnest($2::text[]), string_to_table($3, ','), string_to_table($4, ','),
    unnest($5::text[]), string_to_table($6, ','), string_to_table($7, ','), string_to_table($8, E'\\n')
  ) as row (order_id, tenant, version, status, customer_id, created_at, updated_at, state)
  on conflict (order_id) do update set
    version = excluded.version, status = excluded.status, updated_at = excluded.updated_at, state = excluded.state
  where known.version < excluded.version`);

/** The current state of each order. */
export const ORDERS_READ_MODEL: Projection<PostgresTransaction> = {
  name: ORDERS_PROJECTION,
  version: 1,
  topics: [ORDERS_TOPIC],
  tables: ['order'],
  write: async (transaction, events, context) => {
    const before = await load(transaction, events);
    await save(transaction, foldOrders(before, events, context));
  },
};

/** The stored orders that the events change. */
async function load(
  transaction: PostgresTransaction,
  events: readonly RecordedEvent[],
): Promise<Map<string, Stream<OrderState>>> {
  const orderIds = oldStreamIdsOf(events);
  if (orderIds.length === 0) return new Map();
  const { rows } = await transaction.query<StreamRow & { orderId: string }>(LOAD([commaSeparated(orderIds)]));
  return new Map(rows.map((row) => [row.orderId, streamOf<OrderState>(row)]));
}

/** One statement for all rows of a batch, for speed. */
async function save(
  transaction: PostgresTransaction,
  orders: ReadonlyMap<string, Stream<OrderState>>,
): Promise<void> {
  const streams = [...orders.values()].filter(({ state }) => state.status !== 'none');
  const states = streams.map(({ state }) => state as ExistingOrder);
  const { rowCount } = await transaction.query(
    SAVE([
      commaSeparated(states.map(({ orderId }) => orderId)),
      streams.map(({ tenant }) => tenant),
      commaSeparated(streams.map(({ version }) => version)),
      commaSeparated(states.map(({ status }) => status)),
      states.map(({ customer }) => withoutNul(customer.id)),
      commaSeparated(streams.map(({ createdAt }) => createdAt)),
      commaSeparated(streams.map(({ updatedAt }) => updatedAt)),
      newlineSeparated(states.map((state) => JSON.stringify(state))),
    ]),
  );
  // New streams are not looked up. If one already has a row, its first event was applied before.
  if (rowCount !== streams.length) throw new Error('a stream that begins with these events already exists');
}
