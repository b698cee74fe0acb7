import { STOCK_AGGREGATE } from '#libs/inventory';
import { ORDER_AGGREGATE } from '#libs/orders';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';

/** The aggregates whose commands the command API takes. A new one adds its line here. */
export const BUSINESS_AGGREGATES = [ORDER_AGGREGATE, STOCK_AGGREGATE] as const;

/** All aggregates: their topics, problem codes, links and read models follow from this list. */
export const AGGREGATES = [...BUSINESS_AGGREGATES, SUBSCRIPTION_AGGREGATE] as const;
