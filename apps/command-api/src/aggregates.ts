import { type AnyAggregate, defineAggregate } from '#libs/event-store';
import { stockDecider } from '#libs/inventory';
import { orderDecider } from '#libs/orders';

export const ORDERS = defineAggregate({ topic: 'orders', decider: orderDecider });
export const STOCK = defineAggregate({ topic: 'inventory', decider: stockDecider });

/** Every aggregate that takes commands here: a new one is added by its line. */
export const AGGREGATES: readonly AnyAggregate[] = [ORDERS, STOCK];
