export { CartCheckout, type CartTaskAnswer, orderIdOfCart } from './cart-checkout.js';
