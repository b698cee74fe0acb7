import { newId } from '#libs/kernel';
import { requestFor, someEvent, someEvents, subscriptionTo } from '../testing/attempt-request.fixture.js';
import { shownHeaders } from './shown-headers.js';
import { DeliveryBodies, type DeliveryBody, deliveryHeaders } from './signed-request.js';

const NOW = 1_769_860_800_123;

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const EVENT = someEvent({ traceparent: TRACEPARENT, occurredAt: '2026-01-31T12:00:00.000Z' });

it.each([
  ['the trace of its event', null, 0, '00-0af7651916cd43dd8448eb211c80319c-…-01'],
  ['none for a replay, which may have begun a trace', newId(), 0, undefined],
  ['none long after the event', null, 3_600_001, undefined],
])('a past attempt shows %s', (_, replayId, laterMs, value) => {
  const shown = shownHeaders({
    contentType: 'application/json',
    isBatch: false,
    first: EVENT,
    last: EVENT,
    previousEventId: null,
    watermark: 0,
    replayId,
    attempt: 1,
    startedAt: Date.parse(EVENT.metadata.occurredAt) + laterMs,
    extraHeaders: [],
  });
  expect(shown).toContainEqual({ name: 'traceparent', ...(value !== undefined && { value }) });
});

describe('the headers of a past attempt', () => {
  const headers = { authorization: 'Bearer secret', 'webhook-id': 'forged' };
  it.each([
    ['an event', 1, {}, null, null],
    ['an event of a replay, after another', 1, {}, newId(), newId()],
    ['a batch', 3, { batch: { maxEvents: 5, maxWaitMs: 0 } }, newId(), null],
    [
      'a CloudEvent alone in batch mode',
      1,
      { batch: { maxEvents: 5, maxWaitMs: 0 }, format: 'cloudevents' },
      null,
      null,
    ],
  ] as const)(
    'of %s are those that were sent, without secrets',
    (_, count, changes, previousEventId, replayId) => {
      const events = someEvents(count);
      const subscription = subscriptionTo('https://example.com/', { headers, ...changes });
      const request = requestFor(subscription, { events, previousEventId, replayId, attempt: 4 });
      const body = new DeliveryBodies({ publicUrl: undefined }).of(request) as DeliveryBody;
      const sent = deliveryHeaders(request, body, NOW);
      const shown = shownHeaders({
        contentType: body.contentType,
        isBatch: 'batch' in changes,
        first: events[0],
        last: events.at(-1)!,
        previousEventId,
        watermark: (request as { watermark?: number }).watermark ?? 0,
        replayId,
        attempt: 4,
        startedAt: NOW,
        extraHeaders: Object.keys(headers),
      });
      expect(shown.map(({ name }) => name)).toEqual(sent.filter((_text, index) => index % 2 === 0));
      for (const [index, { name, value }] of shown.entries()) {
        const actual = sent[2 * index + 1]!;
        if (name === 'traceparent') expect(actual.replace(/-[0-9a-f]{16}-/, '-…-')).toBe(value);
        else if (['webhook-signature', 'authorization'].includes(name)) expect(value).toBeUndefined();
        else expect([name, value]).toEqual([name, actual]);
      }
    },
  );
});
