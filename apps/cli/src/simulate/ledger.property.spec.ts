import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import type { ApiEvent } from './books.js';
import { addsUp, type Evidence, ledgerOf } from './ledger.js';
import { evidenceOf, eventsOf, type OrderLife, orderLife, receipts, SKUS } from './order-life.fixture.js';

const lives = fc.array(orderLife, { minLength: 1, maxLength: 12 });

const allEvents = (orders: Parameters<typeof eventsOf>[0][]): ApiEvent[] => [
  ...receipts(),
  ...orders.flatMap(eventsOf),
];

const problemsOf = (evidence: Evidence): string[] => ledgerOf(evidence).flatMap(({ problems }) => problems);

/** Deals the events of different streams anew, as readers of several partitions get them. */
function interleaved(events: readonly ApiEvent[], chances: readonly number[]): ApiEvent[] {
  const streams = new Map<string, ApiEvent[]>();
  for (const event of events) {
    const stream = `${event.eventType.split('.')[0]}/${String(event.data['sku'] ?? event.data['orderId'])}`;
    streams.set(stream, [...(streams.get(stream) ?? []), event]);
  }
  const dealt: ApiEvent[] = [];
  for (let turn = 0; dealt.length < events.length; turn++) {
    const open = [...streams.values()].filter((stream) => stream.length > 0);
    const next = open[(chances[turn % chances.length] ?? 0) % open.length]?.shift();
    if (next) dealt.push(next);
  }
  return dealt;
}

/** These change neither what is held nor what is owed. */
const IS_NOTICE = /^(?:payment\.authorized|stock\.reservation-rejected)$/;

/** The events of an order that the ledger must miss: without one of them, the life would be no lawful one. */
const tellingEventsOf = (order: OrderLife, number: number): ApiEvent[] =>
  eventsOf(order, number).filter(
    ({ eventType }) =>
      !IS_NOTICE.test(eventType) &&
      // Without an address, nobody is owed a mail for having been confirmed before the cancellation.
      !(eventType === 'order.confirmed' && order.end === 'requested-confirmed' && !order.hasEmail),
  );

describe('the ledger', () => {
  itForAll(
    'adds up for lawful lives of orders, however topics interleave and however often an event comes',
    [lives, fc.array(fc.nat(1_000), { minLength: 1, maxLength: 50 })],
    (orders, chances) => {
      const events = allEvents(orders);
      const evidence = evidenceOf([...interleaved(events, chances), ...events], orders.length);
      expect(problemsOf(evidence)).toEqual([]);
      expect(addsUp(ledgerOf(evidence))).toBe(true);
    },
  );

  itForAll(
    'does not add up once an event is missing or has happened twice',
    [lives, fc.nat(), fc.boolean()],
    (orders, which, isDoubled) => {
      const events = allEvents(orders);
      const told = [...receipts(), ...orders.flatMap(tellingEventsOf)];
      const chosen = told[which % told.length];
      const changed = isDoubled
        ? [...events, { ...(chosen as ApiEvent), eventId: 'twice' }]
        : events.filter(({ eventId }) => eventId !== chosen?.eventId);
      const { documents } = evidenceOf(events, orders.length);
      const evidence = evidenceOf(changed, orders.length);
      expect(problemsOf({ ...evidence, ...(documents && { documents }) })).not.toEqual([]);
    },
  );

  itForAll(
    'does not add up if the API says otherwise',
    [lives, fc.nat(), fc.constantFrom('orders', 'payments', 'onHand', 'reserved', 'mails', 'stuck')],
    (orders, which, what) => {
      const evidence = evidenceOf(allEvents(orders), orders.length);
      const { documents } = evidence;
      if (!documents) throw new Error('there are documents');
      const orderId = `order-${which % orders.length}`;
      const sku = [...documents.stock.keys()][which % SKUS.length] ?? '';
      const item = documents.stock.get(sku) ?? { onHand: 0, reserved: 0 };
      const changed = {
        ...documents,
        ...(what === 'orders' && { orders: without(documents.orders, orderId) }),
        ...(what === 'payments' && {
          payments: new Map([...documents.payments, [orderId, { captured: 1, refunded: 0 }]]),
        }),
        ...(what === 'onHand' && {
          stock: new Map([...documents.stock, [sku, { ...item, onHand: item.onHand + 1 }]]),
        }),
        ...(what === 'reserved' && {
          stock: new Map([...documents.stock, [sku, { ...item, reserved: item.reserved + 1 }]]),
        }),
        ...(what === 'mails' && { mails: new Map([...documents.mails, [orderId, ['cart-reminder']]]) }),
        ...(what === 'stuck' && { stuck: new Map([[orderId, 'the gateway does not answer']]) }),
      };
      expect(problemsOf({ ...evidence, documents: changed })).not.toEqual([]);
    },
  );
});

function without<Value>(map: ReadonlyMap<string, Value>, key: string): Map<string, Value> {
  return new Map([...map].filter(([each]) => each !== key));
}
