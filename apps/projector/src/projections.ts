import { loadOrders, loadStock, saveOrders, saveStock, saveTimeline } from '#libs/persistence';
import {
  foldOrders,
  foldStock,
  ORDERS_PROJECTION,
  ORDERS_TOPIC,
  STOCK_PROJECTION,
  STOCK_TOPIC,
  streamIdsOf,
} from '#libs/projections';
import type { Projection } from './projection.js';

const ORDERS: Projection = {
  name: ORDERS_PROJECTION,
  topic: ORDERS_TOPIC,
  write: async (transaction, events) => {
    const before = await loadOrders(transaction, streamIdsOf(events));
    await saveOrders(transaction, foldOrders(before, events));
    await saveTimeline(transaction, events);
  },
};

const STOCK: Projection = {
  name: STOCK_PROJECTION,
  topic: STOCK_TOPIC,
  write: async (transaction, events) => {
    const before = await loadStock(transaction, events);
    await saveStock(transaction, foldStock(before, events));
  },
};

/** Every read model that is built here, by its topic: a new one is added by its line. */
const PROJECTIONS: ReadonlyMap<string, Projection> = new Map(
  [ORDERS, STOCK].map((projection) => [projection.topic, projection]),
);

export const PROJECTED_TOPICS: readonly string[] = [...PROJECTIONS.keys()];

/** @throws for a topic that nothing is built from. */
export function projectionOf(topic: string): Projection {
  const projection = PROJECTIONS.get(topic);
  if (!projection) throw new Error(`no read model is built from ${topic}`);
  return projection;
}
