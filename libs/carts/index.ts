export { CART_AGGREGATE } from './cart.aggregate.js';
export type { CartCommand, CartQuota, CheckOut } from './cart-commands.js';
export { cartDecider } from './cart-decider.js';
export { type CartDocument, cartDocument } from './cart-document.js';
export type { CartEvent } from './cart-events.js';
export {
  type Cart,
  cartExists,
  cartStreamId,
  type Checkout,
  checkoutCommandId,
  type ExistingCart,
} from './cart.js';
