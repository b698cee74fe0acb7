import type { ProcessDefinition } from '#libs/processes/core';
import type { ProcessPolicy } from '../process-policy.js';
import { concernOf } from './fulfilment-concerns.js';
import type { FulfilmentEvent } from './fulfilment-events.js';
import type { FulfilmentFacts } from './fulfilment-facts.js';
import { firstFacts, learn } from './fulfilment-learning.js';
import { planOf } from './fulfilment-plan.js';

/** Carries an order from its creation to its completion, or undoes what was done for it. Its process has the order's id. */
export const ORDER_FULFILMENT: ProcessDefinition<FulfilmentFacts, FulfilmentEvent, ProcessPolicy> = {
  name: 'order-fulfilment',
  topics: ['orders', 'payments', 'inventory'],
  concern: concernOf,
  start: firstFacts,
  apply: learn,
  plan: planOf,
  subject: ({ orderId, customerId, currency, total }) => ({
    subject: orderId,
    orderId,
    customerId,
    currency,
    total,
  }),
};
