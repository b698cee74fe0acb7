import { newId } from '#libs/kernel';
import { requestFor, someEvents, subscriptionTo } from '../testing/attempt-request.fixture.js';
import { shownHeaders } from './shown-headers.js';
import { DeliveryBodies, deliveryHeaders } from './signed-request.js';

const NOW = 1_769_860_800_123;

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
      const body = new DeliveryBodies(undefined).of(request);
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
