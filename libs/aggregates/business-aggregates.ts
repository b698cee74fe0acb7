/** The aggregates whose commands the command API takes, a line each. */
export { ACT_AGGREGATE } from '#libs/audit/core';
export { CART_AGGREGATE } from '#libs/carts';
export { STOCK_AGGREGATE } from '#libs/inventory';
export { NOTIFICATION_AGGREGATE } from '#libs/notifications';
export { ORDER_AGGREGATE } from '#libs/orders';
export { PAYMENT_AGGREGATE } from '#libs/payments';
