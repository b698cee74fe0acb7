import { groupedBy, type Violation, violation } from '../../violation.js';
import type { GatewayOperation, ShopEvidence } from '../evidence.js';
import type { ShopOrder } from './shop-orders.js';

/** Marks refunds of operators, which leave the order as it is. */
export const GOODWILL = 'goodwill';

/** Captured − refunded is the value of each order that is not cancelled, by the log and by the gateway's own report. */
export function moneyViolations(
  orders: readonly ShopOrder[],
  { operations }: Pick<ShopEvidence, 'operations'>,
): Violation[] {
  const byOrder = groupedBy(operations, ({ call }) => call.orderId);
  const known = new Set(orders.map(({ orderId }) => orderId));
  return [
    ...[...byOrder.keys()]
      .filter((orderId) => !known.has(orderId))
      .map((orderId) => violation('foreign-payment', `the gateway knows order ${orderId}, the log does not`)),
    ...orders.flatMap((order) => [
      ...inLog(order),
      ...atGateway(order, byOrder.get(order.orderId) ?? []),
      ...goodwill(order),
    ]),
    ...foreignPayments(operations),
  ];
}

/** Operations on the authorization of another order. One that was declined has no owner, and may be voided. */
function foreignPayments(operations: readonly GatewayOperation[]): Violation[] {
  const owners = new Map<string, string>();
  for (const { operation, call, answer } of operations)
    if (operation === 'authorize' && answer.reference) owners.set(answer.reference, call.orderId);
  return operations.flatMap(({ operation, call: { reference, orderId } }) => {
    if (!reference) return [];
    const owner = owners.get(reference);
    return owner === orderId || (owner === undefined && operation === 'void')
      ? []
      : [violation('foreign-payment', `order ${orderId}: ${operation} of ${reference}, which is ${owner}'s`)];
  });
}

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, each) => sum + each, 0);

const amountsIn = ({ payments }: ShopOrder, type: string): number[] =>
  payments.filter((event) => event.type === type).map(({ data }) => data.amount ?? 0);

/** Minor units that the shop should have in the end. */
function dueOf(order: ShopOrder): number {
  if (order.status === 'created' || order.status === 'cancelled') return 0;
  const given = order.payments.filter(({ data }) => data.reason?.startsWith(GOODWILL));
  return order.total - sumOf(given.map(({ data }) => data.amount ?? 0));
}

function inLog(order: ShopOrder): Violation[] {
  const { orderId, status, total } = order;
  const captures = amountsIn(order, 'payment.captured');
  const left = sumOf(captures) - sumOf(amountsIn(order, 'payment.refunded'));
  const says = `order ${orderId} of ${total} is ${status}`;
  return [
    ...(captures.length > 1
      ? [violation('captured-twice', `${says}: captured ${captures.join(' and ')}`)]
      : []),
    ...(left === dueOf(order) ? [] : [violation('money-differs', `${says}: the log has ${left} left of it`)]),
    ...(status === 'cancelled' && total > 0 && !isOver(order)
      ? [
          violation(
            'payment-left-open',
            `${says}: its payment has not ended (${order.payments.map(({ type }) => type).join()})`,
          ),
        ]
      : []),
  ];
}

/** What the gateway held of a rejected payment is seen there. */
const ENDS = ['failed', 'rejected', 'voided', 'refunded'].map((end) => `payment.${end}`);
const isOver = ({ payments }: ShopOrder): boolean => ENDS.includes(payments.at(-1)?.type ?? '');

function atGateway(order: ShopOrder, operations: readonly GatewayOperation[]): Violation[] {
  const { orderId, status, total, currency } = order;
  const says = `order ${orderId} of ${total} is ${status}`;
  const done = (operation: string, ...results: readonly string[]): GatewayOperation[] =>
    operations.filter((each) => each.operation === operation && results.includes(each.answer.result));
  const captures = done('capture', 'captured');
  const refunds = done('refund', 'refunded');
  const left = sumOf(captures.map(({ call }) => call.amount)) - sumOf(refunds.map(({ call }) => call.amount));
  const held = done('authorize', 'authorized', 'review');
  const captureKeys = new Set(
    operations.filter(({ operation }) => operation === 'capture').map(({ call }) => call.idempotencyKey),
  );
  const isHeld = held.length > 0 && captures.length === 0 && done('void', 'voided').length === 0;
  const violations: Violation[] = [];
  if (captures.length > 1)
    violations.push(violation('captured-twice', `${says}: ${captures.length} at the gateway`));
  if (captureKeys.size > 1)
    violations.push(violation('captured-anew', `${says}: asked for under ${[...captureKeys].join(' and ')}`));
  if (left !== dueOf(order))
    violations.push(violation('money-differs', `${says}: the gateway has ${left} left of it`));
  if (isHeld && status === 'cancelled')
    violations.push(violation('money-held', `${says}: the gateway still holds its authorization`));
  if (refunds.length !== amountsIn(order, 'payment.refunded').length)
    violations.push(violation('money-differs', `${says}: ${refunds.length} refunds at the gateway`));
  for (const { operation, call } of operations) {
    const { amount } = call;
    if (call.currency !== currency || (operation === 'capture' && amount !== total))
      violations.push(violation('money-differs', `${says}: ${operation} of ${amount} ${call.currency}`));
  }
  return violations;
}

/** The reason of an operator's refund names it. */
function goodwill({ orderId, payments }: ShopOrder): Violation[] {
  const refunds = payments.filter(({ data }) => data.reason?.startsWith(GOODWILL));
  return [...groupedBy(refunds, ({ data }) => data.reason)]
    .filter(([, same]) => same.length > 1)
    .map(([reason]) => violation('refunded-twice', `order ${orderId}: ${reason}`));
}
