import { defineAggregate } from '#libs/kernel';
import { hasPayment } from './payment.js';
import { MAX_REFUNDS, paymentDecider } from './payment-decider.js';

export const PAYMENT_AGGREGATE = defineAggregate({
  topic: 'payments',
  decider: paymentDecider,
  subject: 'orderId',
  link: (orderId) => `/v1/payments/${orderId}`,
  // Every order has a payment, so it is the order that is missing.
  notFound: { code: 'payment-not-found', noun: 'order' },
  problems: {
    'payment-not-found': {
      status: 404,
      title: 'Payment not found',
      meaning: 'Your tenant has no order of this id, or the order has no payment yet.',
    },
    'payment-closed': {
      status: 409,
      title: 'Payment closed',
      meaning: 'The payment failed, was voided or was refunded, so no money can be authorized or captured.',
    },
    'payment-step-forbidden': {
      status: 409,
      title: 'Payment step not allowed',
      meaning: 'A payment is authorized once, then captured once, then refunded up to the captured amount.',
    },
    'payment-not-in-review': {
      status: 409,
      title: 'Payment not in review',
      meaning: 'Only a payment with status `in-review` can be approved or rejected, and only once.',
    },
    'payment-amount-invalid': {
      status: 400,
      title: 'Invalid payment amount',
      meaning: 'Amounts are whole numbers from 1, in minor units of the currency.',
    },
    'refund-exceeds-captured': {
      status: 409,
      title: 'Refund exceeds the captured amount',
      meaning: 'All refunds of a payment together never exceed what was captured.',
    },
    'refund-declined': {
      status: 409,
      title: 'Refund declined',
      meaning: 'The payment gateway declined the refund, for the reason in `detail`.',
    },
    'refund-already-made': {
      status: 409,
      title: 'Refund already made',
      meaning: 'A refund with this id was already recorded.',
    },
    'too-many-refunds': {
      status: 409,
      title: 'Too many refunds',
      meaning: `A payment can have ${MAX_REFUNDS} refunds.`,
    },
  },
  table: {
    name: 'payment',
    projection: 'payments',
    version: 2,
    key: 'uuid',
    columns: {
      status: { type: 'keyword', of: ({ status }) => status },
      currency: { type: 'keyword', of: ({ currency }) => currency },
      captured: { type: 'bigint', of: ({ captured }) => captured },
      refunded: { type: 'bigint', of: ({ refunded }) => refunded },
    },
    hasRow: hasPayment,
  },
});
