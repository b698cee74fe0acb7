import { type Violation, violation } from '../../violation.js';
import { type ShopEvent, type ShopEvidence, shopPlaceOf } from '../evidence.js';
import { type ShopOrder, streamsOf } from './shop-orders.js';

/** What became of an order's units of one article. */
interface Holding {
  /** Units that are reserved now. */
  reserved: number;
  shipped: number;
}

interface Item {
  readonly tenant: string;
  readonly sku: string;
  /** When it was first counted, in milliseconds since 1970. */
  readonly trackedAt: number;
  /** By order. */
  readonly holdings: ReadonlyMap<string, Holding>;
}

/** At every version received − shipped ± adjusted = on hand, and none is sold twice; at the end open orders hold their units. */
export function stockViolations(orders: readonly ShopOrder[], evidence: ShopEvidence): Violation[] {
  const violations: Violation[] = [];
  const items = new Map<string, Item>();
  for (const events of streamsOf(evidence, 'inventory').values()) {
    const item = replay(events, violations);
    if (item) items.set(`${item.tenant}/${item.sku}`, item);
  }
  const known = new Set(orders.map(({ orderId }) => orderId));
  for (const { sku, holdings } of items.values())
    for (const [orderId, { reserved }] of holdings)
      if (reserved > 0 && !known.has(orderId))
        violations.push(violation('stock-left-behind', `${reserved} of ${sku} for unknown order ${orderId}`));
  return [...violations, ...orders.flatMap((order) => ofOrder(order, items))];
}

function replay(events: readonly ShopEvent[], violations: Violation[]): Item | undefined {
  let onHand = 0;
  let trackedAt = Number.POSITIVE_INFINITY;
  const holdings = new Map<string, Holding>();
  for (const event of events) {
    const { type, occurredAt, data } = event;
    const { quantity = 0, orderId } = data;
    const holding = holdings.get(orderId ?? '') ?? { reserved: 0, shipped: 0 };
    if (orderId) holdings.set(orderId, holding);
    const wrong = (kind: 'oversold' | 'stock-moved-twice', why: string): void =>
      void violations.push(violation(kind, `${shopPlaceOf(event)} (${type} of ${data.sku}): ${why}`));
    if (type === 'stock.received' || type === 'stock.adjusted') {
      onHand += quantity;
      trackedAt = Math.min(trackedAt, occurredAt);
    } else if (type === 'stock.reserved') {
      if (holding.reserved > 0) wrong('stock-moved-twice', `order ${orderId} already has some`);
      holding.reserved += quantity;
    } else if (type === 'stock.released' || type === 'stock.shipped') {
      if (holding.reserved !== quantity)
        wrong('stock-moved-twice', `order ${orderId} has ${holding.reserved}, not ${quantity}`);
      holding.reserved = 0;
      if (type === 'stock.shipped') {
        if (holding.shipped > 0) wrong('stock-moved-twice', `order ${orderId} was shipped before`);
        onHand -= quantity;
        holding.shipped += quantity;
      }
    }
    const reserved = [...holdings.values()].reduce((sum, each) => sum + each.reserved, 0);
    if (reserved > onHand) wrong('oversold', `${reserved} reserved of ${onHand}`);
  }
  const first = events[0];
  return first && { tenant: first.tenant, sku: first.data.sku ?? '', trackedAt, holdings };
}

function ofOrder(order: ShopOrder, items: ReadonlyMap<string, Item>): Violation[] {
  const { orderId, tenant, status, units, life } = order;
  const createdAt = life[0]?.occurredAt ?? 0;
  return [...units].flatMap(([sku, quantity]) => {
    const item = items.get(`${tenant}/${sku}`);
    const { reserved, shipped } = item?.holdings.get(orderId) ?? { reserved: 0, shipped: 0 };
    const has = `order ${orderId} is ${status}, ${quantity} of ${sku}: ${reserved} reserved, ${shipped} shipped`;
    const isOpen = status === 'created' || status === 'confirmed';
    const isShipped = !isOpen && status !== 'cancelled';
    if (!isOpen && reserved > 0) return [violation('stock-left-behind', has)];
    if (!isShipped && shipped > 0) return [violation('stock-differs', has)];
    // An order may be there before its article is counted: then it need not have any.
    const isCounted = item !== undefined && item.trackedAt < createdAt;
    const due = status === 'confirmed' ? reserved : isShipped ? shipped : undefined;
    if (due === undefined || due === quantity || (due === 0 && !isCounted)) return [];
    return [violation('stock-differs', has)];
  });
}
