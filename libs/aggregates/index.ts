import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import * as business from './business-aggregates.js';

export const BUSINESS_AGGREGATES = Object.values(business);

/** All aggregates. Their topics, problem codes, links and read models follow from this list. */
export const AGGREGATES = [...BUSINESS_AGGREGATES, PROCESS_AGGREGATE, SUBSCRIPTION_AGGREGATE];
