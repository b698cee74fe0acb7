import { ORDERS_PROJECTION, STATISTICS_PROJECTION, TIMELINE_PROJECTION } from './orders/orders.projection.js';
import { STOCK_PROJECTION } from './stock/stock.projection.js';
import { SUBSCRIPTIONS_PROJECTION } from './webhook-subscriptions/subscriptions.projection.js';
import type { VerifiedReadModel } from '../core/verification/expectation.js';
import { VERIFIED_ORDERS, VERIFIED_STATISTICS, VERIFIED_TIMELINE } from './orders/orders-expectation.js';
import { VERIFIED_STOCK } from './stock/stock-expectation.js';
import { VERIFIED_SUBSCRIPTIONS } from './webhook-subscriptions/subscriptions-expectation.js';

const VERIFIED_READ_MODELS: ReadonlyMap<string, VerifiedReadModel> = new Map([
  [ORDERS_PROJECTION, VERIFIED_ORDERS],
  [TIMELINE_PROJECTION, VERIFIED_TIMELINE],
  [STATISTICS_PROJECTION, VERIFIED_STATISTICS],
  [STOCK_PROJECTION, VERIFIED_STOCK],
  [SUBSCRIPTIONS_PROJECTION, VERIFIED_SUBSCRIPTIONS],
]);

/** Whether verify knows the projection's rows. Projections of users need no expectation. */
export const isVerified = (projection: string): boolean => VERIFIED_READ_MODELS.has(projection);

/** How to verify a projection. @throws if there is no expectation for it: each built-in read model has one */
export function verifiedReadModel(projection: string): VerifiedReadModel {
  const verified = VERIFIED_READ_MODELS.get(projection);
  if (!verified) throw new Error(`there is no expectation for the rows of ${projection}`);
  return verified;
}
