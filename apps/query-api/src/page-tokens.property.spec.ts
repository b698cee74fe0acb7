import fc from 'fast-check';
import { EARLIEST_INSTANT, formatInstant, type Instant, LATEST_INSTANT } from '#libs/kernel';
import { MAX_PAGE_TOKEN_LENGTH, pagingParameters } from '#libs/platform';
import { orderPages, timelinePages } from '#libs/orders/http';
import { paymentPages } from '#libs/payments/http';
import { stockPages } from '#libs/inventory/http';

const times = fc
  .integer({ min: EARLIEST_INSTANT, max: LATEST_INSTANT })
  .map((time) => formatInstant(time as Instant));

/** Any text of a hundred units, and the longest of them: a control character takes six bytes in JSON. */
const sku = fc.oneof(
  fc.string({ unit: fc.constantFrom('\u0001', '"', '\\', '字', 'é'), minLength: 100, maxLength: 100 }),
  fc.constant('🍵'.repeat(50)),
);

const isTaken = (token: string): boolean => pagingParameters.pageToken.safeParse(token).success;

describe('page tokens of lists', () => {
  it.each([
    ['payments', paymentPages, fc.record({ createdAt: times, key: fc.uuid() })],
    ['orders', orderPages, fc.record({ createdAt: times, key: fc.uuid() })],
    [
      'events of an order',
      timelinePages,
      fc.record({ fromVersion: fc.integer({ min: 1, max: 2 ** 31 - 1 }) }),
    ],
    ['stock', stockPages, fc.record({ sku })],
  ] as const)('of %s are taken back, however long', (_, pages, ends) => {
    fc.assert(
      fc.property(ends as fc.Arbitrary<never>, (end) => {
        const token = pages.encode(end);
        expect(token.length).toBeLessThanOrEqual(MAX_PAGE_TOKEN_LENGTH);
        expect(isTaken(token)).toBe(true);
        expect(pages.decode(token)).toBeDefined();
      }),
    );
  });

  it('are of one list each', () => {
    const token = stockPages.encode({ sku: 'tea' });
    for (const pages of [orderPages, timelinePages]) expect(() => pages.decode(token)).toThrow('pageToken');
  });

  it.each(['tea\0', '\ud800', '', 'x'.repeat(101)])('hold no sku that there cannot be: %j', (given) => {
    expect(() => stockPages.decode(stockPages.encode({ sku: given }))).toThrow('pageToken');
  });
});
