import { isUuid, type RecordedEvent } from '#libs/kernel';

/** The order that an event tells of, in lower case, as the field `orderId` of its data names it. */
export function orderOf({ data }: Pick<RecordedEvent, 'data'>): string | undefined {
  const { orderId } = data as { readonly orderId?: unknown };
  return typeof orderId === 'string' && isUuid(orderId) ? orderId.toLowerCase() : undefined;
}
