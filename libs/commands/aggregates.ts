import { type AnyAggregate, defineAggregate } from '#libs/event-store/core';
import { stockDecider } from '#libs/inventory';
import { orderDecider } from '#libs/orders';
import { subscriptionDecider } from '#libs/webhooks';

export const ORDER_AGGREGATE = defineAggregate({ topic: 'orders', decider: orderDecider });
export const STOCK_AGGREGATE = defineAggregate({ topic: 'inventory', decider: stockDecider });
export const SUBSCRIPTION_AGGREGATE = defineAggregate({ topic: 'webhooks', decider: subscriptionDecider });

/** All aggregates; add a new one here. */
export const AGGREGATES: readonly AnyAggregate[] = [ORDER_AGGREGATE, STOCK_AGGREGATE, SUBSCRIPTION_AGGREGATE];
