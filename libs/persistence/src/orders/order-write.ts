import { formatPosition, type RecordedEvent, type Stream } from '#libs/kernel';
import type { ExistingOrder, OrderState } from '#libs/orders';
import { withoutNul } from '../database/postgres-text.js';
import { Prisma } from '../generated/client.js';
import { streamOf } from '../projections/stream-row.js';

/** The orders with these ids as the read model has them. */
export async function loadOrders(
  transaction: Prisma.TransactionClient,
  orderIds: readonly string[],
): Promise<Map<string, Stream<OrderState>>> {
  const rows = await transaction.order.findMany({ where: { orderId: { in: [...orderIds] } } });
  return new Map(rows.map((row) => [row.orderId, streamOf<OrderState>(row)]));
}

/** One statement for all rows of a batch: as fast as the database takes them. */
export async function saveOrders(
  transaction: Prisma.TransactionClient,
  orders: ReadonlyMap<string, Stream<OrderState>>,
): Promise<void> {
  const streams = [...orders.values()];
  const states = streams.map(({ state }) => state as ExistingOrder);
  await transaction.$executeRaw(Prisma.sql`
    insert into "order" (order_id, tenant, version, status, customer_id, created_at, updated_at, state)
    select * from unnest(
      ${states.map(({ orderId }) => orderId)}::uuid[],
      ${streams.map(({ tenant }) => tenant)}::text[],
      ${streams.map(({ version }) => version)}::int[],
      ${states.map(({ status }) => status)}::text[],
      ${states.map(({ customer }) => withoutNul(customer.id))}::text[],
      ${streams.map(({ createdAt }) => createdAt)}::timestamptz[],
      ${streams.map(({ updatedAt }) => updatedAt)}::timestamptz[],
      ${states.map((state) => JSON.stringify(state))}::json[]
    )
    on conflict (order_id) do update set
      version = excluded.version, status = excluded.status, updated_at = excluded.updated_at, state = excluded.state`);
}

export async function saveTimeline(
  transaction: Prisma.TransactionClient,
  events: readonly RecordedEvent[],
): Promise<void> {
  await transaction.$executeRaw(Prisma.sql`
    insert into order_timeline
      (order_id, version, tenant, event_id, event_type, occurred_at, position, data, metadata)
    select * from unnest(
      ${events.map(({ metadata }) => metadata.streamId)}::uuid[],
      ${events.map(({ metadata }) => metadata.version)}::int[],
      ${events.map(({ metadata }) => metadata.tenant)}::text[],
      ${events.map(({ metadata }) => metadata.eventId)}::uuid[],
      ${events.map(({ type }) => type)}::text[],
      ${events.map(({ metadata }) => metadata.occurredAt)}::timestamptz[],
      ${events.map(({ position }) => formatPosition(position))}::text[],
      ${events.map(({ data }) => JSON.stringify(data))}::json[],
      ${events.map(({ metadata }) => JSON.stringify(metadata))}::json[]
    )`);
}
