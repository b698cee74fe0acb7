import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import * as business from './business-aggregates.js';

/**
 * All aggregates by what takes their commands. The processes that take those of one kind share out all partitions of its
 * topics in one consumer group, which has this name.
 */
export const AGGREGATE_GROUPS = {
  business: Object.values(business),
  processes: [PROCESS_AGGREGATE],
  webhooks: [SUBSCRIPTION_AGGREGATE],
};

/** All aggregates. Their topics, problem codes, links and read models follow from this list. */
export const AGGREGATES = Object.values(AGGREGATE_GROUPS).flat();
