import type { AttemptRequest } from '../core/ports.js';
import type { Subscription } from '#libs/webhooks';
import { requestFor, someEvents, subscriptionTo } from '../testing/attempt-request.fixture.js';
import { DeliveryBodies, type DeliveryBody, deliveryHeaders } from './signed-request.js';

const bodies = new DeliveryBodies({ publicUrl: undefined });
const NOW = Date.parse('2026-01-01T00:00:00.900Z');
const BATCH = { maxEvents: 10, maxWaitMs: 0 };

function headersOf(changes: Partial<AttemptRequest>, subscription: Partial<Subscription> = {}) {
  const request = requestFor(subscriptionTo('https://example.com/', subscription), changes);
  const flat = deliveryHeaders(request, bodies.of(request) as DeliveryBody, NOW);
  const names = flat.filter((_, index) => index % 2 === 0);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  return Object.fromEntries(names.map((name, index) => [name, flat[2 * index + 1]]));
}

describe('delivery headers', () => {
  it('give a batch an id that depends on its events only', () => {
    const events = someEvents(4);
    const idOf = (...chosen: AttemptRequest['events']) =>
      headersOf({ events: chosen }, { batch: BATCH })['webhook-id'];
    const [first, second, third] = events as unknown as [
      (typeof events)[0],
      (typeof events)[0],
      (typeof events)[0],
    ];
    const whole = idOf(first, second, third);
    expect(whole).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idOf(first, second, third)).toBe(whole);
    const others = [idOf(first, second), idOf(second, third), idOf(first), first.metadata.eventId];
    expect(new Set([whole, ...others]).size).toBe(5);
  });

  it('give the last position of a batch', () => {
    expect(headersOf({ events: someEvents(3) })).toMatchObject({
      'x-event-type': 'batch',
      'orderstream-position': 'orders/3@19',
    });
  });

  it('give the last finished position as the watermark, unless nothing is finished', () => {
    expect(headersOf({ watermark: 17 })['orderstream-watermark']).toBe('orders/3@16');
    expect(headersOf({ watermark: 1, events: someEvents(3) })['orderstream-watermark']).toBe('orders/3@0');
    expect(headersOf({ watermark: 0 })).not.toHaveProperty('orderstream-watermark');
  });

  it('have a timestamp in whole seconds', () => {
    expect(headersOf({})['webhook-timestamp']).toBe(String(Date.parse('2026-01-01') / 1_000));
  });

  it('name the replay', () => {
    expect(headersOf({ replayId: 'r-1' })['orderstream-replay']).toBe('r-1');
    expect(headersOf({})).not.toHaveProperty('orderstream-replay');
  });

  it("include the subscriber's own, which never replace ours", () => {
    const headers = headersOf(
      {},
      {
        headers: {
          'x-api-key': 'k',
          Authorization: 'Bearer t',
          'Webhook-Signature': 'v1,forged',
          'ORDERSTREAM-POSITION': 'orders/0@0',
          'orderstream-replay': 'r',
          'X-Event-Type': 'order.paid',
          'Content-Type': 'text/plain',
          'content-length': '3',
          'transfer-encoding': 'chunked',
          host: 'elsewhere',
          traceparent: 'none',
          Expect: '100-continue',
        },
      },
    );
    expect(headers).toMatchObject({
      'x-api-key': 'k',
      Authorization: 'Bearer t',
      'x-event-type': 'order.created',
      'content-type': 'application/json',
    });
    for (const name of ['host', 'content-length', 'transfer-encoding', 'Expect', 'orderstream-replay'])
      expect(headers).not.toHaveProperty(name);
  });
});
