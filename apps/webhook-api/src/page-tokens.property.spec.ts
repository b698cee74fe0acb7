import fc from 'fast-check';
import { TENANT_EVENT_TOPICS } from '#libs/contracts';
import { EARLIEST_INSTANT, formatInstant, type Instant, LATEST_INSTANT } from '#libs/kernel';
import { MAX_PAGE_TOKEN_LENGTH, pagingParameters } from '#libs/platform';
import { subscriptionPages } from '#libs/webhooks/http';
import { deadLetterPages } from './deliveries/dead-letter.schemas.js';
import { deliveryPages } from './deliveries/delivery.schemas.js';
import { replayPages } from './replays/replay.schemas.js';

const times = fc
  .integer({ min: EARLIEST_INSTANT, max: LATEST_INSTANT })
  .map((time) => formatInstant(time as Instant));
const partition = fc.oneof(fc.nat(), fc.constant(2 ** 31 - 1));
const sku = fc.string({
  unit: fc.constantFrom('\u0001', '"', '\\', '字', 'é'),
  minLength: 100,
  maxLength: 100,
});
const lane = fc.oneof(
  fc.constant(''),
  fc.uuid(),
  sku.map((text) => `${'t'.repeat(64)}/${text}`),
);
const topic = fc.constantFrom(...TENANT_EVENT_TOPICS);

const someEnd = {
  parkedAt: '2026-01-31T12:00:00.000Z',
  feedId: '0197b2f0-0000-7000-8000-000000000000',
  topic: 'inventory',
  partition: 3,
  lane: 'acme/tea',
};

describe('page tokens', () => {
  it.each([
    ['subscriptions', subscriptionPages, fc.record({ createdAt: times, key: fc.uuid() })],
    ['replays', replayPages, fc.record({ createdAt: times, replayId: fc.uuid() })],
    ['deliveries', deliveryPages, fc.record({ startedAt: times, attemptId: fc.uuid() })],
    [
      'dead letters',
      deadLetterPages,
      fc.record({ parkedAt: times, feedId: fc.uuid(), topic, partition, lane }),
    ],
  ] as const)('of %s are accepted, whatever their length', (_, pages, ends) => {
    fc.assert(
      fc.property(ends as fc.Arbitrary<never>, (end) => {
        const token = pages.encode(end);
        expect(token.length).toBeLessThanOrEqual(MAX_PAGE_TOKEN_LENGTH);
        expect(pagingParameters.pageToken.safeParse(token).success).toBe(true);
        expect(pages.decode(token)).toBeDefined();
      }),
    );
  });

  it.each<[string, object]>([
    ['a lane with a NUL', { lane: 'a\0' }],
    ['half a character', { lane: '\udc00' }],
    ['a partition that is too high', { partition: 1e15 }],
    ['a partition below zero', { partition: -1 }],
    ['half a partition', { partition: 0.5 }],
    ['another topic', { topic: '__consumer_offsets' }],
    ['an invalid id', { feedId: 'x' }],
    ['a time that no store can hold', { parkedAt: '0000-01-01T00:00:00.000Z' }],
    ['an unknown field', { more: 1 }],
  ])('are refused with %s', (_, given) => {
    expect(deadLetterPages.decode(deadLetterPages.encode(someEnd))).toMatchObject({ lane: 'acme/tea' });
    expect(() => deadLetterPages.decode(deadLetterPages.encode({ ...someEnd, ...given }))).toThrow(
      'pageToken',
    );
  });

  it('are valid for one list only', () => {
    const token = subscriptionPages.encode({ createdAt: someEnd.parkedAt, key: someEnd.feedId });
    for (const pages of [replayPages, deliveryPages, deadLetterPages])
      expect(() => pages.decode(token)).toThrow('pageToken');
  });
});
