import { allows } from '../../checks/order-life.js';
import { type Violation, violation } from '../../violation.js';
import type { ShopEvidence } from '../evidence.js';
import type { ShopOrder } from './shop-orders.js';

const CAUSES = ['requested', 'out-of-stock', 'payment-failed', 'payment-timed-out', 'payment-rejected'];
const ENDS = ['confirmed', 'shipped', 'delivered', 'completed', 'cancelled'];

/** Every order that a client was told of is there, and has become something: confirmed or later, or cancelled for a reason. */
export function lifeViolations(orders: readonly ShopOrder[], { placed }: ShopEvidence): Violation[] {
  const known = new Set(orders.map(({ orderId }) => orderId));
  return [
    ...placed
      .filter(({ orderId }) => !known.has(orderId))
      .map(({ orderId }) => violation('lost', `order ${orderId}: acknowledged, not in the log`)),
    ...orders.flatMap((order) => [...steps(order), ...end(order)]),
  ];
}

function steps({ orderId, life }: ShopOrder): Violation[] {
  return life.flatMap(({ type, version }, index) => {
    const before = life[index - 1]?.type.replace('order.', '') ?? 'none';
    const isLegal = version === index + 1 && allows(before, type.replace('order.', ''));
    return isLegal ? [] : [violation('illegal-step', `order ${orderId}: ${type} ${version} after ${before}`)];
  });
}

function end({ orderId, status, cause }: ShopOrder): Violation[] {
  if (!ENDS.includes(status)) return [violation('order-unfinished', `order ${orderId} is ${status}`)];
  return status === 'cancelled' && !CAUSES.includes(cause ?? '')
    ? [violation('cancelled-without-cause', `order ${orderId}: ${cause}`)]
    : [];
}
