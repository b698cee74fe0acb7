/** The controllers of the command API, a line each. */
export { CartsController } from './carts/carts.controller.js';
export { OrdersController } from './orders/orders.controller.js';
export { PaymentsController } from './payments/payments.controller.js';
export { StripeWebhookController } from './payments/stripe-webhook.controller.js';
export { ProcessesController } from './processes/processes.controller.js';
export { StockController } from './stock/stock.controller.js';
