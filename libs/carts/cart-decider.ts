import { type Decider, fail, ok, type Rejection, type Result, unreachable } from '#libs/kernel';
import { type Cart, cartExists, type CartItem, type ExistingCart } from './cart.js';
import type { CartCommand, CheckOut, OpenCart, RemoveItem, SetItem } from './cart-commands.js';
import type { CartEvent } from './cart-events.js';

export type CartRejection = Rejection<
  | 'cart-not-found'
  | 'cart-checked-out'
  | 'cart-empty'
  | 'cart-full'
  | 'cart-limit-reached'
  | 'cart-currency-fixed'
  | 'cart-item-not-found'
  | 'cart-total-too-large'
>;

type Decision = Result<readonly CartEvent[], CartRejection>;

/** As many as an order may have. */
export const MAX_CART_ITEMS = 1_000;

/**
 *  open ──► checked-out
 *  │  ▲           ▲
 *  ▼  └─ change   │
 *  abandoned ─────┘
 */
export const cartDecider: Decider<Cart, CartCommand, CartEvent, CartRejection> = {
  initialState: { status: 'none', cartId: '' },
  decide,
  evolve,
};

function decide(command: CartCommand, cart: Cart): Decision {
  if (!cartExists(cart)) return decideWithoutCart(command);
  if (command.type === 'check-out') return cart.checkout ? ok([]) : checkOut(command, cart);
  if (command.type === 'abandon-cart') return ok(abandon(cart, command.ifVersion));
  if (cart.status === 'checked-out')
    return fail({ code: 'cart-checked-out', detail: `Cart ${cart.cartId} is checked out.` });
  switch (command.type) {
    case 'open-cart':
      return update(command, cart);
    case 'set-item':
      return setItem(command, cart);
    case 'remove-item':
      return removeItem(command, cart);
    default:
      return unreachable(command);
  }
}

function decideWithoutCart(command: CartCommand): Decision {
  const { cartId } = command;
  if (command.type === 'abandon-cart') return ok([]);
  if (command.type !== 'open-cart')
    return fail({ code: 'cart-not-found', detail: `There is no cart ${cartId}.` });
  const { customer, currency, fulfilment, quota } = command;
  if (quota && quota.existing >= quota.limit)
    return fail({
      code: 'cart-limit-reached',
      detail: `There are ${quota.existing} carts that are not checked out; at most ${quota.limit} are allowed.`,
    });
  const data = { cartId, customer, customerId: customer.id, currency, total: 0, fulfilment };
  return ok([{ type: 'cart.created', data }]);
}

function update({ customer, currency }: OpenCart, { cartId, ...cart }: ExistingCart): Decision {
  if (cart.currency !== currency && cart.items.length > 0) {
    const detail = `The prices in cart ${cartId} are in ${cart.currency}. Remove its items to change to ${currency}.`;
    return fail({ code: 'cart-currency-fixed', detail });
  }
  const data = { cartId, customer, customerId: customer.id, currency, total: cart.total };
  return ok([{ type: 'cart.updated', data }]);
}

function setItem({ sku, quantity, unitPrice }: SetItem, cart: ExistingCart): Decision {
  const items = withItem(cart.items, { sku, quantity, unitPrice });
  if (items.length > MAX_CART_ITEMS)
    return fail({ code: 'cart-full', detail: `A cart holds up to ${MAX_CART_ITEMS} different articles.` });
  const total = totalOf(items);
  // Integers above 2^53 are rounded, and money must not be.
  const units = items.reduce((sum, item) => sum + item.quantity, 0);
  if (!Number.isSafeInteger(total) || !Number.isSafeInteger(units))
    return fail({
      code: 'cart-total-too-large',
      detail: 'The total, or the number of units, would exceed 2^53 − 1.',
    });
  return ok([{ type: 'cart.item-set', data: { ...commonData(cart), sku, quantity, unitPrice, total } }]);
}

function removeItem({ sku }: RemoveItem, cart: ExistingCart): Decision {
  const items = withoutItem(cart.items, sku);
  if (items.length === cart.items.length)
    return fail({ code: 'cart-item-not-found', detail: `Cart ${cart.cartId} has no item ${sku}.` });
  return ok([{ type: 'cart.item-removed', data: { ...commonData(cart), sku, total: totalOf(items) } }]);
}

function checkOut(command: CheckOut, cart: ExistingCart): Decision {
  const { orderId, payment, shippingAddress, metadata } = command;
  if (cart.items.length === 0) return fail({ code: 'cart-empty', detail: `Cart ${cart.cartId} is empty.` });
  const checkout = { orderId, payment, shippingAddress, metadata };
  return ok([{ type: 'cart.checked-out', data: { ...commonData(cart), items: cart.items, ...checkout } }]);
}

function abandon(cart: ExistingCart, ifVersion: number): readonly CartEvent[] {
  const isDue = cart.status === 'open' && cart.items.length > 0 && cart.changes === ifVersion;
  return isDue ? [{ type: 'cart.abandoned', data: { ...commonData(cart), items: cart.items } }] : [];
}

const commonData = ({ cartId, customer, currency, total }: ExistingCart) => ({
  cartId,
  customerId: customer.id,
  currency,
  total,
});

const totalOf = (items: readonly CartItem[]): number =>
  items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);

const withItem = (items: readonly CartItem[], item: CartItem): readonly CartItem[] =>
  items.some(({ sku }) => sku === item.sku)
    ? items.map((each) => (each.sku === item.sku ? item : each))
    : [...items, item];

const withoutItem = (items: readonly CartItem[], sku: string): readonly CartItem[] =>
  items.filter((each) => each.sku !== sku);

function evolve(cart: Cart, { type, data }: CartEvent): Cart {
  if (type === 'cart.created') {
    const { cartId, customer, currency, total } = data;
    return { status: 'open', cartId, customer, currency, items: [], total, changes: 1, checkout: null };
  }
  if (!cartExists(cart)) throw new Error(`${type} before cart.created`);
  // Each change opens an abandoned cart again.
  const next: ExistingCart = { ...cart, status: 'open', total: data.total, changes: cart.changes + 1 };
  switch (type) {
    case 'cart.updated':
      return { ...next, customer: data.customer, currency: data.currency };
    case 'cart.item-set': {
      const { sku, quantity, unitPrice } = data;
      return { ...next, items: withItem(cart.items, { sku, quantity, unitPrice }) };
    }
    case 'cart.item-removed':
      return { ...next, items: withoutItem(cart.items, data.sku) };
    case 'cart.abandoned':
      return { ...next, status: 'abandoned' };
    case 'cart.checked-out': {
      const { orderId, payment, shippingAddress, metadata } = data;
      return { ...next, status: 'checked-out', checkout: { orderId, payment, shippingAddress, metadata } };
    }
    default:
      return unreachable(type);
  }
}
