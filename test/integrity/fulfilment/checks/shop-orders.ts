import { groupedBy } from '../../violation.js';
import type { ShopEvent, ShopEvidence, ShopTopic } from '../evidence.js';

/** An order, and all that the log says about it. */
export interface ShopOrder {
  readonly orderId: string;
  readonly tenant: string;
  readonly customerEmail: string | null;
  readonly currency: string;
  readonly total: number;
  /** Units by sku: lines of one sku are added up. */
  readonly units: ReadonlyMap<string, number>;
  /** Without its prefix. */
  readonly status: string;
  /** Of the last event of its own. */
  readonly cause: string | null;
  /** Its own events, in the order of their versions. */
  readonly life: readonly ShopEvent[];
  readonly payments: readonly ShopEvent[];
  readonly mails: readonly ShopEvent[];
}

const versioned = (events: readonly ShopEvent[] = []): ShopEvent[] =>
  events.toSorted((a, b) => a.version - b.version);

export const eventsOf = ({ events }: ShopEvidence, topic: ShopTopic): ShopEvent[] =>
  events.filter((event) => event.topic === topic);

/** The events of each stream of a topic, in the order of their versions. */
export const streamsOf = (evidence: ShopEvidence, topic: ShopTopic): Map<string, ShopEvent[]> =>
  new Map(
    [...groupedBy(eventsOf(evidence, topic), ({ streamId }) => streamId)].map(([id, events]) => [
      id,
      versioned(events),
    ]),
  );

/** All orders, put together anew from the log alone. */
export function ordersIn(evidence: ShopEvidence): ShopOrder[] {
  const payments = groupedBy(eventsOf(evidence, 'payments'), ({ data }) => data.orderId ?? '');
  const mails = groupedBy(eventsOf(evidence, 'notifications'), ({ data }) => data.orderId ?? '');
  return [...streamsOf(evidence, 'orders')].map(([orderId, life]) => {
    const created = life[0] as ShopEvent;
    const last = life.at(-1) as ShopEvent;
    const units = new Map<string, number>();
    for (const { sku, quantity } of created.data.items ?? [])
      units.set(sku, (units.get(sku) ?? 0) + quantity);
    return {
      orderId,
      tenant: created.tenant,
      customerEmail: created.data.customer?.email ?? null,
      currency: created.data.currency ?? '',
      total: created.data.total ?? 0,
      units,
      status: last.type.replace('order.', ''),
      cause: last.data.cause ?? null,
      life,
      payments: versioned(payments.get(orderId)),
      mails: mails.get(orderId) ?? [],
    };
  });
}
