import { defineAggregate } from '#libs/kernel';
import { availableOf } from './stock.js';
import { stockDecider } from './stock-decider.js';

export const STOCK_AGGREGATE = defineAggregate({
  topic: 'inventory',
  decider: stockDecider,
  subject: 'sku',
  relatedIds: ['orderId'],
  link: (sku) => `/v1/stock/${sku}`,
  notFound: { code: 'stock-not-found', noun: 'stock item' },
  problems: {
    'stock-not-found': {
      status: 404,
      title: 'Stock item not found',
      meaning: 'Your tenant has no stock item of this sku.',
    },
    'stock-below-zero': {
      status: 409,
      title: 'Insufficient stock',
      meaning: 'Available stock, which is stock on hand minus reservations, never goes below zero.',
    },
    'stock-quantity-too-large': {
      status: 409,
      title: 'Stock quantity too large',
      meaning: 'The quantity on hand would exceed 2^53 − 1.',
    },
    'stock-already-reserved': {
      status: 409,
      title: 'Stock already reserved for this order',
      meaning: 'An order can hold one reservation per SKU at a time.',
    },
    'stock-not-reserved': {
      status: 409,
      title: 'No stock reserved for this order',
      meaning: 'The order never had a reservation, or it has already been released or shipped.',
    },
    'stock-quantity-invalid': {
      status: 400,
      title: 'Invalid stock quantity',
      meaning: 'Quantities are whole numbers from 1; an adjustment may also be negative.',
    },
  },
  table: {
    name: 'stock_item',
    projection: 'stock',
    version: 2,
    key: 'text',
    columns: {
      on_hand: { type: 'bigint', of: ({ onHand }) => onHand },
      reserved: { type: 'bigint', of: ({ reserved }) => reserved },
      available: { type: 'bigint', of: availableOf },
      low_at: { type: 'bigint', of: ({ lowAt }) => lowAt },
    },
  },
});
