import { defineAggregate } from '#libs/kernel';
import type { ExistingOrder, OrderState } from './order.js';
import { orderDecider } from './order-decider.js';

export const ORDER_AGGREGATE = defineAggregate({
  topic: 'orders',
  decider: orderDecider,
  subject: 'orderId',
  link: (orderId) => `/v1/orders/${orderId}/events`,
  notFound: { code: 'order-not-found', noun: 'order' },
  problems: {
    'order-not-found': {
      status: 404,
      title: 'Order not found',
      meaning: 'Your tenant has no order of this id.',
    },
    'order-already-exists': {
      status: 409,
      title: 'Order already exists',
      meaning: 'An order can only be created once.',
    },
    'order-status-step-forbidden': {
      status: 409,
      title: 'Order status change not allowed',
      meaning:
        'An order goes created → confirmed → shipped → delivered → completed; it can be cancelled until it ships.',
    },
    'order-total-too-large': {
      status: 400,
      title: 'Order total too large',
      meaning: 'The sum of quantity × unit price, in minor units, or of the quantities exceeds 2^53 − 1.',
    },
  },
  table: {
    name: 'order',
    projection: 'orders',
    version: 2,
    key: 'uuid',
    columns: {
      status: { type: 'keyword', of: ({ status }) => status },
      customer_id: { type: 'text', of: ({ customer }) => customer.id },
    },
    hasRow: (state: OrderState): state is ExistingOrder => state.status !== 'none',
  },
});
