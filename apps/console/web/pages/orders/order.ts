import type { Answer, Query } from '../../api/answer';

export type Order = Answer<'/v1/orders/{orderId}'>;
export type OrderFilters = Query<'/v1/orders'>;

export const ORDER_STATUSES = [
  'created',
  'confirmed',
  'shipped',
  'delivered',
  'completed',
  'cancelled',
] as const;
