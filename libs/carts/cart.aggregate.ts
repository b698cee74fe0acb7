import { defineAggregate } from '#libs/kernel';
import { cartExists } from './cart.js';
import { cartDecider } from './cart-decider.js';

export const CART_AGGREGATE = defineAggregate({
  topic: 'carts',
  decider: cartDecider,
  subject: 'cartId',
  relatedIds: ['orderId'],
  link: (cartId) => `/v1/carts/${cartId}`,
  notFound: { code: 'cart-not-found', noun: 'cart' },
  problems: {
    'cart-not-found': {
      status: 404,
      title: 'Cart not found',
      meaning: 'Your tenant has no cart of this id.',
    },
    'cart-checked-out': {
      status: 409,
      title: 'Cart checked out',
      meaning: 'A cart that is checked out does not change any more: start another one.',
    },
    'cart-empty': { status: 409, title: 'Cart empty', meaning: 'An empty cart cannot be checked out.' },
    'cart-full': {
      status: 409,
      title: 'Cart full',
      meaning: 'A cart holds up to 1,000 different articles, as an order does.',
    },
    'cart-limit-reached': {
      status: 409,
      title: 'Too many carts',
      meaning:
        'The limit for a tenant is set by CART_MAX_STORED, or for your tenant alone. Carts that are checked out do not count.',
    },
    'cart-currency-fixed': {
      status: 409,
      title: 'Currency of the cart fixed',
      meaning: 'Prices are in the currency of the cart, so it can only change while the cart is empty.',
    },
    'cart-item-not-found': {
      status: 404,
      title: 'Cart item not found',
      meaning: 'The cart has no item of this sku.',
    },
    'cart-total-too-large': {
      status: 409,
      title: 'Cart total too large',
      meaning: 'The sum of quantity × unit price would exceed 2^53 − 1 minor units.',
    },
  },
  table: {
    name: 'cart',
    projection: 'carts',
    version: 1,
    key: 'text',
    columns: {
      status: { type: 'keyword', of: ({ status }) => status },
      customer_id: { type: 'text', of: ({ customer }) => customer.id },
    },
    hasRow: cartExists,
  },
});
