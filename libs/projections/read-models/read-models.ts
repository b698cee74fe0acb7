import type { Projection } from '../core/runtime/projection.js';
import { ORDER_STATISTICS_READ_MODEL } from './order-statistics/order-statistics.read-model.js';
import { ORDER_TIMELINE_READ_MODEL } from './order-timeline/order-timeline.read-model.js';
import { ORDERS_READ_MODEL } from './orders/orders.read-model.js';
import { STOCK_READ_MODEL } from './stock/stock.read-model.js';
import { WEBHOOK_SUBSCRIPTIONS_READ_MODEL } from './webhook-subscriptions/webhook-subscriptions.read-model.js';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';

/** Every read model. Each new one adds a line. */
export const READ_MODELS: readonly Projection<PostgresTransaction>[] = [
  ORDERS_READ_MODEL,
  ORDER_TIMELINE_READ_MODEL,
  ORDER_STATISTICS_READ_MODEL,
  STOCK_READ_MODEL,
  WEBHOOK_SUBSCRIPTIONS_READ_MODEL,
];
