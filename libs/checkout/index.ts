export { CartCheckout, type CartTask, type CartTaskAnswer, orderIdOfCart } from './cart-checkout.js';
