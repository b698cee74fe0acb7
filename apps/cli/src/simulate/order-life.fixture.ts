import fc from 'fast-check';
import type { ApiEvent } from './books.js';
import type { Documents, Evidence } from './ledger.js';
import { Books } from './books.js';

export const PREFIX = 'sim-1-now';
export const SKUS = ['tea', 'cup'].map((name) => `${PREFIX}-${name}`);

const ENDS = [
  'created',
  'out-of-stock',
  'payment-failed',
  'requested-unpaid',
  'requested-paid',
  'requested-confirmed',
  'confirmed',
  'shipped',
  'completed',
] as const;

/** How far an order came. */
export interface OrderLife {
  readonly end: (typeof ENDS)[number];
  readonly hasEmail: boolean;
  readonly currency: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

export const orderLife: fc.Arbitrary<OrderLife> = fc.record({
  end: fc.constantFrom(...ENDS),
  hasEmail: fc.boolean(),
  currency: fc.constantFrom('EUR', 'JPY'),
  lines: fc.uniqueArray(
    fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 5 }) }),
    {
      minLength: 1,
      maxLength: 2,
      selector: ({ sku }) => sku,
    },
  ),
});

/** The events of an order in their streams: its own, its payment's, and that of each sku. Each stream is in order. */
export function eventsOf({ end, hasEmail, currency, lines }: OrderLife, number: number): ApiEvent[] {
  const orderId = `order-${number}`;
  const total = 100 * lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const of = { orderId, customerId: `${PREFIX}-customer-1`, currency, total };
  const events: ApiEvent[] = [];
  const add = (eventType: string, data: object): void => {
    events.push({ eventId: `${orderId}/${events.length}`, eventType, data: { ...of, ...data } });
  };
  const stock = (what: string, some = lines): void => {
    for (const { sku, quantity } of some)
      events.push({
        eventId: `${orderId}/${events.length}`,
        eventType: `stock.${what}`,
        data: { sku, quantity, orderId },
      });
  };
  const mail = (template: string): void => {
    if (hasEmail) add('email.sent', { template });
  };
  const cancel = (cause: string): void => {
    add('order.cancelled', { cause });
    mail('order-cancelled');
  };
  add('order.created', {
    customer: { id: of.customerId, ...(hasEmail && { email: 'ada@example.com' }) },
    items: lines,
    metadata: { journey: String(number) },
  });
  if (end === 'created') return events;
  if (end === 'out-of-stock') {
    const [missing, ...others] = lines;
    stock('reserved', others);
    stock('reservation-rejected', missing && [missing]);
    stock('released', others);
    cancel('out-of-stock');
    return events;
  }
  stock('reserved');
  if (end === 'payment-failed' || end === 'requested-unpaid') {
    stock('released');
    cancel(end === 'payment-failed' ? end : 'requested');
    return events;
  }
  add('payment.authorized', { amount: total });
  add('payment.captured', { amount: total });
  if (end === 'requested-paid' || end === 'requested-confirmed') {
    if (end === 'requested-confirmed') {
      add('order.confirmed', {});
      mail('order-confirmed');
    }
    add('payment.refunded', { amount: total });
    mail('payment-refunded');
    stock('released');
    cancel('requested');
    return events;
  }
  add('order.confirmed', {});
  mail('order-confirmed');
  if (end === 'confirmed') return events;
  add('order.shipped', {});
  stock('shipped');
  if (end === 'shipped') return events;
  add('order.delivered', {});
  add('order.completed', {});
  return events;
}

/** What the warehouse did before. */
export const receipts = (): ApiEvent[] =>
  SKUS.flatMap((sku, index) => [
    { eventId: `received/${sku}`, eventType: 'stock.received', data: { sku, quantity: 10_000 } },
    { eventId: `adjusted/${sku}`, eventType: 'stock.adjusted', data: { sku, quantity: index - 2 } },
  ]);

/** The evidence of a run in which those events were read, and the API agrees with the books. */
export function evidenceOf(events: readonly ApiEvent[], orders: number): Evidence {
  const books = new Books(PREFIX);
  for (const event of events) books.take(event);
  const answered = new Set(Array.from({ length: orders }, (_, number) => `order-${number}`));
  return { books, answered, unanswered: 0, surprises: [], documents: documentsOf(books) };
}

function documentsOf(books: Books): Documents {
  const all = [...books.orders.values()];
  return {
    orders: new Map(all.map(({ orderId, status = 'created', total }) => [orderId, { status, total }])),
    payments: new Map(all.map(({ orderId, captured, refunded }) => [orderId, { captured, refunded }])),
    stock: new Map(
      [...books.stock].map(([sku, { received, shipped, adjusted, held }]) => [
        sku,
        {
          onHand: received - shipped + adjusted,
          reserved: [...held.values()].reduce((sum, quantity) => sum + quantity, 0),
        },
      ]),
    ),
    mails: new Map(
      all.map(({ orderId, mails }) => [
        orderId,
        [...mails].flatMap(([template, count]) => Array.from({ length: count }, () => template)),
      ]),
    ),
    stuck: new Map(),
  };
}
