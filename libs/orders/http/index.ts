export {
  batchAnswerSchema,
  batchBodySchema,
  batchItemSchema,
  type BatchResult,
} from './order-batch.schemas.js';
export {
  changeOrderStatusSchema,
  createOrderSchema,
  type ChangeOrderStatusBody,
  type CreateOrderBody,
} from './order-commands.schemas.js';
export { orderDocumentSchema } from './order-document.schema.js';
export {
  orderListSchema,
  orderPages,
  orderReadSchema,
  timelinePages,
  timelineSchema,
  type OrderListQuery,
  type OrderReadQuery,
  type TimelineQuery,
} from './order-queries.schemas.js';
export {
  orderStatisticsQuerySchema,
  orderStatisticsSchema,
  type OrderStatisticsQuery,
} from './order-statistics.schemas.js';
