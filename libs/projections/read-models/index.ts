export {
  AcrossTenantsRepository,
  LIVE_PROCESS_STATES,
  type TimeOrderEnd,
} from './across-tenants/across-tenants.repository.js';
export { type ActQuery, AuditRepository } from './audit/audit.repository.js';
export { EVENT_INDEX_PROJECTION } from './event-index/event-index.read-model.js';
export { EventIndexRepository, type IndexedEvent } from './event-index/event-index.repository.js';
export {
  OrderStatisticsRepository,
  type StatisticsRange,
} from './order-statistics/order-statistics.repository.js';
export { STATISTICS_PROJECTION } from './order-statistics/order-statistics.read-model.js';
export { TIMELINE_PROJECTION } from './order-timeline/order-timeline.read-model.js';
export { OrderTimelineRepository } from './order-timeline/order-timeline.repository.js';
export { orderAt, type OrderMoment } from './orders/order-at.js';
export { READ_MODELS } from './read-models.js';
export { ReadModelsModule } from './read-models.module.js';
export { StockReadRepository } from './stock/stock-read.repository.js';
