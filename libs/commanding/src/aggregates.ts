import { type AnyAggregate, defineAggregate } from '#libs/event-store';
import { stockDecider } from '#libs/inventory';
import { orderDecider } from '#libs/orders';
import { subscriptionDecider } from '#libs/webhooks';

export const ORDERS = defineAggregate({ topic: 'orders', decider: orderDecider });
export const STOCK = defineAggregate({ topic: 'inventory', decider: stockDecider });
export const WEBHOOK_SUBSCRIPTIONS = defineAggregate({ topic: 'webhooks', decider: subscriptionDecider });

/** Every aggregate: a new one is added by its line. */
export const AGGREGATES: readonly AnyAggregate[] = [ORDERS, STOCK, WEBHOOK_SUBSCRIPTIONS];
