export {
  OrderStatisticsRepository,
  type StatisticsRange,
} from './order-statistics/order-statistics.repository.js';
export { OrderTimelineRepository } from './order-timeline/order-timeline.repository.js';
export { orderAt, type OrderMoment } from './orders/order-at.js';
export { OrderReadRepository } from './orders/order-read.repository.js';
export {
  ORDERS_PROJECTION,
  ORDERS_TOPIC,
  STATISTICS_PROJECTION,
  TIMELINE_PROJECTION,
} from './orders/orders.projection.js';
export { READ_MODELS } from './read-models.js';
export { StockReadRepository } from './stock/stock-read.repository.js';
export { STOCK_PROJECTION, STOCK_TOPIC } from './stock/stock.projection.js';
export {
  SUBSCRIPTIONS_PROJECTION,
  SUBSCRIPTIONS_TOPIC,
} from './webhook-subscriptions/subscriptions.projection.js';
export { ReadModelsModule } from './read-models.module.js';
