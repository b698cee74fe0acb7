import type { Write, Writer, WrittenOrder, WrittenStock } from './writer.js';

/** A query, the positions it is sent with, and what every answer to it must show. */
export interface FreshQuery {
  readonly name: string;
  readonly path: string;
  readonly positions: string;
  /** The answer and what was written, in comparable form. */
  readonly shown: (body: unknown) => unknown;
  readonly written: unknown;
}

interface Page<Item> {
  readonly items: readonly Item[];
}

const MOST_LISTED = 500;

const essence = ({ orderId, version, status }: WrittenOrder) => `${orderId} ${version} ${status}`;
const essenceOfStock = ({ sku, version, onHand }: WrittenStock) => `${sku} ${version} ${onHand}`;

/** All queries that have to show a write. Some are sent its position alone, others all that the writer has. */
export function queriesFor(writer: Writer, write: Write): FreshQuery[] {
  return write.kind === 'order' ? orderQueries(writer, write) : stockQueries(writer, write);
}

function orderQueries(writer: Writer, write: Write & { kind: 'order' }): FreshQuery[] {
  const { order, position } = write;
  const all = String(writer.positions);
  const path = `/v1/orders/${order.orderId}`;
  const ofCustomer = [...writer.orders.values()].filter(({ customerId }) => customerId === order.customerId);
  const readOne = { shown: (body: unknown) => essence(body as WrittenOrder), written: essence(order) };
  return [
    { name: 'order', path, positions: position, ...readOne },
    { name: 'order, all positions', path, positions: all, ...readOne },
    {
      name: 'order at its version',
      path: `${path}?version=${order.version}`,
      positions: position,
      ...readOne,
    },
    {
      name: 'events',
      path: `${path}/events`,
      positions: position,
      shown: (body) => (body as Page<{ version: number }>).items.map(({ version }) => version),
      written: Array.from({ length: order.version }, (_, index) => index + 1),
    },
    {
      name: 'list, all positions',
      path: `/v1/orders?customerId=${order.customerId}&limit=${MOST_LISTED}`,
      positions: all,
      shown: (body) => (body as Page<WrittenOrder>).items.map(essence).toSorted(),
      written: ofCustomer.map(essence).toSorted(),
    },
    {
      name: 'statistics, all positions',
      path: '/v1/stats/orders',
      positions: all,
      shown: (body) => countByStatus((body as Page<{ status: string; orders: number }>).items),
      written: countByStatus([...writer.orders.values()].map(({ status }) => ({ status, orders: 1 }))),
    },
  ];
}

function stockQueries(writer: Writer, { stock, position }: Write & { kind: 'stock' }): FreshQuery[] {
  return [
    {
      name: 'stock item',
      path: `/v1/stock/${stock.sku}`,
      positions: position,
      shown: (body) => essenceOfStock(body as WrittenStock),
      written: essenceOfStock(stock),
    },
    {
      name: 'stock list, all positions',
      path: `/v1/stock?limit=${MOST_LISTED}`,
      positions: String(writer.positions),
      shown: (body) => (body as Page<WrittenStock>).items.map(essenceOfStock).toSorted(),
      written: [...writer.stock.values()].map(essenceOfStock).toSorted(),
    },
  ];
}

function countByStatus(items: readonly { readonly status: string; readonly orders: number }[]): string[] {
  const counts = new Map<string, number>();
  for (const { status, orders } of items) counts.set(status, (counts.get(status) ?? 0) + orders);
  return [...counts].map(([status, orders]) => `${orders} ${status}`).toSorted();
}
