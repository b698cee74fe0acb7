import type { FastifyReply } from 'fastify';

/** The product's answer to a new order, to the byte but for ids and times. */
export function orderAnswer<Order extends { readonly orderId: string }>(
  reply: FastifyReply,
  order: Order,
  offset: bigint | number,
) {
  void reply.header('etag', '"1"').header('orderstream-position', `orders/0@${offset}`);
  void reply.header('location', `/v1/orders/${order.orderId}`);
  const now = new Date().toISOString();
  return { status: 'created', version: 1, ...order, createdAt: now, updatedAt: now };
}
