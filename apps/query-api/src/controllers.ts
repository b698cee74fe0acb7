/** The controllers of the query API, a line each. */
export { CartQueriesController } from './carts/carts.controller.js';
export { EventStreamController } from './event-stream/event-stream.controller.js';
export { NotificationsController } from './notifications/notifications.controller.js';
export { OrderStoryController } from './orders/order-story.controller.js';
export { OrderQueriesController } from './orders/orders.controller.js';
export { PaymentQueriesController } from './payments/payments.controller.js';
export { ProcessQueriesController } from './processes/processes.controller.js';
export { OrderStatisticsController } from './statistics/order-statistics.controller.js';
export { StockQueriesController } from './stock/stock.controller.js';
