import type { RecordedEvent } from '#libs/kernel';
import type { OrderEvent, OrderStatus } from '#libs/orders';
import type { StepContext } from '../runtime/projection.js';

/** What the statistics have to know of an order. */
export interface OrderFact {
  readonly orderId: string;
  readonly tenant: string;
  /** The hour in UTC in which the order was made, RFC 3339. */
  readonly hour: string;
  readonly currency: string;
  readonly status: OrderStatus;
  /** Minor units. */
  readonly total: number;
}

/** By how much a count has changed. */
export interface StatisticsChange {
  readonly tenant: string;
  readonly hour: string;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly orders: number;
  /** Minor units: sums of them may be larger than a number holds exactly. */
  readonly revenue: bigint;
}

const STATUS_AFTER: { readonly [Type in OrderEvent['type']]: OrderStatus } = {
  'order.created': 'created',
  'order.confirmed': 'confirmed',
  'order.shipped': 'shipped',
  'order.delivered': 'delivered',
  'order.completed': 'completed',
  'order.cancelled': 'cancelled',
};

/** An order never goes back: cancellation ends it, from wherever it was. */
const RANK: Readonly<Record<OrderStatus, number>> = {
  created: 0,
  confirmed: 1,
  shipped: 2,
  delivered: 3,
  completed: 4,
  cancelled: 5,
};

const hourOf = (time: string): string => `${time.slice(0, 13)}:00:00.000Z`;

/**
 * The facts after a batch of events, from those before it: of the orders that the batch touches, each once.
 * @throws when an event repeats one that its order has had, or its order is not known though no events were left out.
 */
export function foldOrderFacts(
  before: ReadonlyMap<string, OrderFact>,
  events: readonly RecordedEvent[],
  { hasGaps }: StepContext,
): Map<string, OrderFact> {
  const after = new Map<string, OrderFact>();
  for (const { type, data, metadata } of events as readonly RecordedEvent<OrderEvent>[]) {
    const { streamId: orderId, tenant, occurredAt } = metadata;
    const status = STATUS_AFTER[type];
    const fact = after.get(orderId) ?? before.get(orderId);
    if (fact && RANK[status] <= RANK[fact.status])
      throw new Error(`order ${orderId} is ${fact.status} already: ${type} cannot follow`);
    if (type === 'order.created') {
      const { currency, total } = data as Extract<OrderEvent, { type: typeof type }>['data'];
      after.set(orderId, { orderId, tenant, hour: hourOf(occurredAt), currency, status, total });
      continue;
    }
    if (fact) after.set(orderId, { ...fact, status });
    else if (!hasGaps) throw new Error(`order ${orderId} was not created before ${type}`);
  }
  return after;
}

/** How the counts change with the facts. In the order of their keys, so that nobody waits for each other crosswise. */
export function statisticsChanges(
  before: ReadonlyMap<string, OrderFact>,
  after: ReadonlyMap<string, OrderFact>,
): StatisticsChange[] {
  const changes = new Map<string, StatisticsChange>();
  const add = ({ tenant, hour, currency, status, total }: OrderFact, sign: 1 | -1): void => {
    const key = JSON.stringify([tenant, hour, currency, status]);
    const { orders, revenue } = changes.get(key) ?? { orders: 0, revenue: 0n };
    const changed = { orders: orders + sign, revenue: revenue + BigInt(sign * total) };
    changes.set(key, { tenant, hour, currency, status, ...changed });
  };
  for (const [orderId, fact] of after) {
    const old = before.get(orderId);
    if (old) add(old, -1);
    add(fact, 1);
  }
  return [...changes]
    .filter(([, { orders, revenue }]) => orders !== 0 || revenue !== 0n)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, change]) => change);
}
