import type { ApiEvent } from './books.js';
import { addsUp, type Evidence, ledgerOf, ledgerText } from './ledger.js';
import { evidenceOf, eventsOf, type OrderLife, PREFIX, receipts, SKUS } from './order-life.fixture.js';

const [sku = ''] = SKUS;
const order = (end: OrderLife['end']): OrderLife => ({
  end,
  hasEmail: true,
  currency: 'EUR',
  lines: [{ sku, quantity: 2 }],
});
const facts = { orderId: 'order-0', customerId: `${PREFIX}-customer-1`, currency: 'EUR', total: 200 };

const problemsOf = (evidence: Evidence): string[] => ledgerOf(evidence).flatMap(({ problems }) => problems);

/** Evidence of a system that did more, or less, than it should, and whose read models agree with its events. */
function evidenceWith(
  end: OrderLife['end'],
  change: { readonly without?: string; readonly and?: readonly Omit<ApiEvent, 'eventId'>[] },
): Evidence {
  const events = [...receipts(), ...eventsOf(order(end), 0)].filter(
    ({ eventType }) => eventType !== change.without,
  );
  const more = (change.and ?? []).map((event, index) => ({ ...event, eventId: `more-${index}` }));
  return evidenceOf([...events, ...more], 1);
}

const mail = { eventType: 'email.sent', data: { ...facts, template: 'order-confirmed' } };
const capture = { eventType: 'payment.captured', data: { ...facts, amount: 200 } };
const stock = (eventType: string, quantity: number, orderId = 'order-0') => ({
  eventType,
  data: { sku, quantity, orderId },
});

describe('the ledger', () => {
  it.each<[string, Evidence, RegExp]>([
    ['an order captured twice', evidenceWith('confirmed', { and: [capture] }), /400 captured/],
    [
      'paid, and no order',
      evidenceWith('out-of-stock', { and: [capture] }),
      /order-0 is cancelled.*200 captured/,
    ],
    [
      'a refund that is missing',
      evidenceWith('requested-paid', { without: 'payment.refunded' }),
      /0 refunded/,
    ],
    [
      'stock held after a cancellation',
      evidenceWith('payment-failed', { without: 'stock.released' }),
      /holds 2/,
    ],
    ['an order confirmed without stock', evidenceWith('confirmed', { without: 'stock.reserved' }), /holds 0/],
    ['an order shipped without its stock', evidenceWith('shipped', { without: 'stock.shipped' }), /holds 2/],
    ['stock that left twice', evidenceWith('shipped', { and: [stock('stock.shipped', 2)] }), /which held 0/],
    [
      'more sold than there was',
      evidenceWith('created', { and: [stock('stock.reserved', 20_000)] }),
      /more is reserved than there is/,
    ],
    [
      'stock held by a stranger',
      evidenceWith('created', { and: [stock('stock.reserved', 1, 'order-9')] }),
      /order order-9 holds 1/,
    ],
    [
      'a second confirmation mail',
      evidenceWith('confirmed', { and: [mail] }),
      /2 mails order-confirmed, not 1/,
    ],
    [
      'no confirmation mail',
      evidenceWith('confirmed', { without: 'email.sent' }),
      /0 mails order-confirmed, not 1/,
    ],
    [
      'a confirmation mail of an order that failed',
      evidenceWith('payment-failed', { and: [mail] }),
      /1 mails order-confirmed, not 0/,
    ],
    [
      'a cancellation without a cause',
      evidenceWith('created', {
        and: [
          { eventType: 'order.cancelled', data: facts },
          { eventType: 'email.sent', data: { ...facts, template: 'order-cancelled' } },
        ],
      }),
      /without a cause/,
    ],
    [
      'an order that went on after its cancellation',
      evidenceWith('payment-failed', { and: [{ eventType: 'order.confirmed', data: facts }] }),
      /order.confirmed of order-0, which was cancelled/,
    ],
    [
      'an order that is lost',
      { ...evidenceWith('confirmed', {}), answered: new Set(['order-0', 'order-1']) },
      /order-1 was answered/,
    ],
    [
      'an order that nobody was told of',
      { ...evidenceWith('confirmed', {}), answered: new Set() },
      /nobody was told of/,
    ],
    [
      'an unexpected answer',
      { ...evidenceWith('confirmed', {}), surprises: ['POST was answered 418'] },
      /418/,
    ],
  ])('names %s', (_, evidence, problem) => {
    expect(problemsOf(evidence)).toContainEqual(expect.stringMatching(problem));
    expect(ledgerText(ledgerOf(evidence))).toContain('does not add up');
  });

  it('allows an order whose answer was lost', () => {
    const evidence = { ...evidenceWith('confirmed', {}), answered: new Set<string>(), unanswered: 1 };
    expect(problemsOf(evidence)).toEqual([]);
  });

  it('judges only events of its own run', () => {
    const foreign = eventsOf(order('payment-failed'), 7).map((event) => ({
      ...event,
      data: JSON.parse(JSON.stringify(event.data).replaceAll(PREFIX, `${PREFIX}1`)) as ApiEvent['data'],
    }));
    const evidence = evidenceOf([...receipts(), ...eventsOf(order('shipped'), 0), ...foreign], 1);
    expect(evidence.books.orders.size).toBe(1);
    expect(addsUp(ledgerOf(evidence))).toBe(true);
  });

  it('reads as a table of sums', () => {
    const events = ['confirmed', 'shipped', 'payment-failed', 'created'] as const;
    const text = ledgerText(
      ledgerOf(
        evidenceOf([...receipts(), ...events.flatMap((end, number) => eventsOf(order(end), number))], 4),
      ),
    );
    expect(text.split('\n')).toEqual([
      'Ledger',
      '  ok   orders: 4 created = 2 confirmed or later + 1 cancelled (payment-failed 1) + 1 still open',
      '  ok   stock of 2 skus: 20000 received - 2 shipped - 3 adjusted = 19995 on hand',
      '  ok   reserved: 2 = 2 of confirmed orders that are not shipped + 0 of open orders',
      '  ok   payments: EUR 400 captured - 0 refunded = 400, of 400 sold',
      '  ok   mails: 2 confirmations and 1 cancellations, one for each order with an address',
      '  ok   surprises: 0 forbidden events, 0 unexpected answers',
      'The ledger adds up.',
    ]);
  });
});
