import type { Projection } from '#libs/projections';
import { ORDER_STATISTICS } from '../orders/order-statistics.read-model.js';
import { ORDER_TIMELINE } from '../orders/order-timeline.read-model.js';
import { ORDERS } from '../orders/orders.read-model.js';
import { STOCK } from '../stock/stock.read-model.js';
import { WEBHOOK_SUBSCRIPTIONS } from '../webhooks/webhook-subscriptions.read-model.js';
import type { PostgresTransaction } from './postgres-transaction.js';

/** Every read model: a new one is added by its line. */
export const READ_MODELS: readonly Projection<PostgresTransaction>[] = [
  ORDERS,
  ORDER_TIMELINE,
  ORDER_STATISTICS,
  STOCK,
  WEBHOOK_SUBSCRIPTIONS,
];
