export { ORDER_AGGREGATE } from './order.aggregate.js';
export type { CreateOrder, OrderCommand } from './order-commands.js';
export { orderDecider } from './order-decider.js';
export { orderDocument, type OrderDocument } from './order-document.js';
export type { OrderEvent } from './order-events.js';
export {
  CANCELLATION_CAUSES,
  ORDER_STATUSES,
  type Cancellation,
  type CancellationCause,
  type ExistingOrder,
  type OrderDetails,
  type OrderItem,
  type OrderPayment,
  type OrderState,
  type OrderStatus,
} from './order.js';
