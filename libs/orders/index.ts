export { ORDER_AGGREGATE } from './order.aggregate.js';
export type { CreateOrder, OrderCommand } from './order-commands.js';
export { orderDecider } from './order-decider.js';
export { orderDocument, type OrderDocument } from './order-document.js';
export type { OrderEvent } from './order-events.js';
export {
  ORDER_STATUSES,
  type ExistingOrder,
  type OrderDetails,
  type OrderState,
  type OrderStatus,
} from './order.js';
