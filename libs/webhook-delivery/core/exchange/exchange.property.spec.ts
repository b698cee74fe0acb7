import fc from 'fast-check';
import type { RecordedEvent } from '#libs/kernel';
import { newId } from '#libs/kernel';
import { requestFor, someEvent, subscriptionTo } from '../../testing/attempt-request.fixture.js';
import { keptHeaders } from './answer-headers.js';
import { exchangeText, parseExchange } from './exchange.js';

const name = fc.stringMatching(/^[a-z][a-z-]{0,20}$/);
const headers = fc.dictionary(
  name,
  fc.oneof(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.array(fc.string(), { maxLength: 3 })),
  { maxKeys: 50, noNullPrototype: true },
);
const request = fc
  .record({
    format: fc.constantFrom('native', 'cloudevents'),
    payload: fc.constantFrom('full', 'thin'),
    batch: fc.constantFrom(null, { maxEvents: 1_000, maxWaitMs: 0 }),
    previousEventId: fc.constantFrom(null, newId()),
    watermark: fc.nat(),
    first: fc.nat(2 ** 40),
    gaps: fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 300 }),
  })
  .map(({ first, gaps, previousEventId, watermark, ...settings }) => {
    const offsets = gaps.reduce((all, gap) => [...all, all.at(-1)! + gap], [first]);
    const events = offsets.map(
      (offset): RecordedEvent => ({
        ...someEvent(),
        position: { topic: 'orders', partition: 0, offset },
      }),
    ) as [RecordedEvent, ...RecordedEvent[]];
    return {
      ...requestFor(subscriptionTo('https://example.com/', settings), { events, previousEventId }),
      watermark,
    };
  });

describe('the exchange of an attempt', () => {
  it('is read as it was written', () =>
    fc.assert(
      fc.property(request, headers, (sent, answerHeaders) => {
        const text = exchangeText(sent, { outcome: 'delivered', status: 200, answerHeaders });
        const { subscription, events, previousEventId, watermark } = sent;
        const offsets = events.map(({ position }) => position.offset);
        const read = parseExchange(text, events[0].position.offset);
        expect(read).toEqual({
          form: {
            format: subscription.format,
            payload: subscription.payload,
            isBatch: subscription.batch !== null || events.length > 1,
          },
          previousEventId,
          watermark,
          offsets: read?.offsets === null && events.length > 200 ? null : offsets,
          answerHeaders: keptHeaders(answerHeaders),
        });
      }),
    ));

  it('keeps headers within bounds, in order, and none of cookies', () =>
    fc.assert(
      fc.property(headers, (given) => {
        const kept = keptHeaders({ 'set-cookie': ['a=b'], ...given, 'set-cookie2': 'c' });
        expect(kept.length).toBeLessThanOrEqual(32);
        expect(kept.flat().join('').length).toBeLessThanOrEqual(2_048);
        expect(kept.flat().join('')).not.toMatch(/[\0\r\n]/);
        const names = Object.keys(given).filter((each) => !each.startsWith('set-cookie'));
        expect(kept.map(([each]) => each)).toEqual(names.slice(0, kept.length));
        const size = Object.entries(given).flat(2).join(', ').length;
        if (names.length <= 32 && size < 2_048) expect(kept).toHaveLength(names.length);
      }),
    ));

  it('has nothing of an answer that there was not, and is unknown in other words', () => {
    const sent = requestFor(subscriptionTo('https://example.com/'));
    const text = exchangeText(sent, { outcome: 'failed', reason: 'timeout' });
    expect(parseExchange(text, 17)).toMatchObject({ offsets: [17], answerHeaders: [] });
    expect(exchangeText(sent, undefined)).toBe(text);
    for (const other of ['', '{}', 'native full']) expect(parseExchange(other, 0)).toBeUndefined();
  });
});
