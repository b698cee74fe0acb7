import type { paths } from '../../api/generated/paths';

type ReadOrder = paths['/v1/orders/{orderId}']['get'];
export type Order = ReadOrder['responses'][200]['content']['application/json'];

export type OrderFilters = NonNullable<paths['/v1/orders']['get']['parameters']['query']>;

export const ORDER_STATUSES = [
  'created',
  'confirmed',
  'shipped',
  'delivered',
  'completed',
  'cancelled',
] as const;
