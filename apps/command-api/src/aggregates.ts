import { type AnyAggregate, defineAggregate } from '#libs/event-store';
import { orderDecider } from '#libs/orders';

export const ORDERS = defineAggregate({ topic: 'orders', decider: orderDecider });

/** Every aggregate that takes commands here: a new one is added by its line. */
export const AGGREGATES: readonly AnyAggregate[] = [ORDERS];
