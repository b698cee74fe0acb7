import type { RecordedEvent } from '#libs/kernel';
import type { OrderEvent, OrderStatus } from '#libs/orders';
import type { StepContext } from '../../core/runtime/projection.js';

/** The facts about an order that the statistics depend on. */
export interface OrderFact {
  readonly orderId: string;
  readonly tenant: string;
  /** The hour of creation in UTC, RFC 3339. */
  readonly hour: string;
  readonly currency: string;
  readonly status: OrderStatus;
  /** Minor units. */
  readonly total: number;
}

/** A fact as events of a partition changed it. */
interface ChangedFact extends OrderFact {
  readonly partition: number;
}

/** The change of one count. Each partition has counts of its own, so that none waits for another. */
export interface StatisticsChange {
  readonly tenant: string;
  readonly partition: number;
  readonly hour: string;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly orders: number;
  /** Minor units. Sums may exceed the safe integers of a number. */
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

/** Statuses only move forward; cancellation ends an order from any status. */
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
 * Folds a batch of events into the facts of the orders that it changes.
 * @throws if an event repeats an earlier one, or its order is unknown although no events were skipped
 */
export function foldOrderFacts(
  before: ReadonlyMap<string, OrderFact>,
  events: readonly RecordedEvent[],
  { hasGaps }: StepContext,
): Map<string, ChangedFact> {
  const after = new Map<string, ChangedFact>();
  for (const { type, data, metadata, position } of events as readonly RecordedEvent<OrderEvent>[]) {
    const { streamId: orderId, tenant, occurredAt } = metadata;
    const { partition } = position;
    const status = STATUS_AFTER[type];
    const fact = after.get(orderId) ?? before.get(orderId);
    if (fact && RANK[status] <= RANK[fact.status])
      throw new Error(`order ${orderId} is already ${fact.status}: ${type} cannot follow`);
    if (type === 'order.created') {
      const { currency, total } = data as Extract<OrderEvent, { type: typeof type }>['data'];
      after.set(orderId, { orderId, tenant, partition, hour: hourOf(occurredAt), currency, status, total });
      continue;
    }
    if (fact) after.set(orderId, { ...fact, partition, status });
    else if (!hasGaps) throw new Error(`order ${orderId} was not created before ${type}`);
  }
  return after;
}

/** The changes of counts that follow from changed facts, in the order of their keys, which prevents deadlocks. */
export function statisticsChanges(
  before: ReadonlyMap<string, OrderFact>,
  after: ReadonlyMap<string, ChangedFact>,
): StatisticsChange[] {
  const changes = new Map<string, StatisticsChange>();
  const add = (
    { tenant, hour, currency, status, total }: OrderFact,
    partition: number,
    sign: 1 | -1,
  ): void => {
    const key = JSON.stringify([tenant, hour, currency, status, partition]);
    const { orders, revenue } = changes.get(key) ?? { orders: 0, revenue: 0n };
    const changed = { orders: orders + sign, revenue: revenue + BigInt(sign * total) };
    changes.set(key, { tenant, hour, currency, status, partition, ...changed });
  };
  for (const [orderId, fact] of after) {
    const old = before.get(orderId);
    if (old) add(old, fact.partition, -1);
    add(fact, fact.partition, 1);
  }
  return [...changes]
    .filter(([, { orders, revenue }]) => orders !== 0 || revenue !== 0n)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, change]) => change);
}
