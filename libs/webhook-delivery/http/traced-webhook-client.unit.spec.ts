import { newId } from '#libs/kernel';
import { NO_TRACING } from '#libs/platform';
import { RecordedTracing } from '#libs/platform/testing';
import type { AttemptOutcome, AttemptRequest, WebhookClient } from '../core/ports.js';
import { noSignal, requestFor, someEvent, subscriptionTo } from '../testing/attempt-request.fixture.js';
import { tracedWebhookClient } from './traced-webhook-client.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OTHER = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const DELIVERED: AttemptOutcome = { outcome: 'delivered', status: 204 };

const eventOf = (traceparent: string | null, ageMs = 0) =>
  someEvent({ traceparent, occurredAt: new Date(NOW - ageMs).toISOString() });

async function attempt(changes: Partial<AttemptRequest>, outcome = DELIVERED) {
  const tracing = new RecordedTracing();
  const sent: AttemptRequest[] = [];
  const inner: WebhookClient = {
    attempt: async (each) => {
      sent.push(each);
      return outcome;
    },
  };
  const client = tracedWebhookClient(inner, tracing, { now: () => NOW });
  const request = requestFor(subscriptionTo('https://shop.example/hook?token=secret'), changes);
  return { answer: await client.attempt(request, noSignal()), sent: sent[0], spans: tracing.spans };
}

describe('an attempt to deliver', () => {
  it('continues the trace of its event, and tells the subscriber and the log which span it is', async () => {
    const { answer, sent, spans } = await attempt({ events: [eventOf(TRACE)], attempt: 2 });
    expect(spans).toMatchObject([
      { name: 'deliver order.created', parent: TRACE, links: [], hasEnded: true },
    ]);
    expect(spans[0]?.attributes).toMatchObject({
      'server.address': 'shop.example',
      'orderstream.attempt': 2,
    });
    expect(sent?.traceparent).toBe(spans[0]?.traceparent);
    expect(answer).toEqual({ ...DELIVERED, traceparent: spans[0]?.traceparent });
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it.each([
    ['a status', { outcome: 'failed', reason: 'status', status: 500 }, '500'],
    ['anything else', { outcome: 'failed', reason: 'timeout' }, 'timeout'],
  ] as const)('that fails by %s says so', async (_, outcome, failure) => {
    const { spans } = await attempt({ events: [eventOf(TRACE)] }, outcome);
    expect(spans).toMatchObject([{ failure }]);
  });

  it('of a batch belongs to the first event, with links to the others', async () => {
    const { spans } = await attempt({ events: [eventOf(TRACE), eventOf(null), eventOf(OTHER)] });
    expect(spans).toMatchObject([{ parent: TRACE, links: [OTHER] }]);
  });

  it.each([
    ['of a replay', newId(), 0],
    ['long after the event', null, 3_600_001],
  ])('%s begins a trace, with a link', async (_, replayId, ageMs) => {
    const { sent, spans } = await attempt({ replayId, events: [eventOf(TRACE, ageMs)] });
    expect(spans).toMatchObject([{ parent: null, links: [TRACE] }]);
    expect(sent?.traceparent).toBe(spans[0]?.traceparent);
  });

  it.each([
    ['without a trace', null],
    ['of a trace that is not recorded', UNSAMPLED],
  ])('of an event %s has no span, and is sent as ever', async (_, traceparent) => {
    const { answer, sent, spans } = await attempt({ events: [eventOf(traceparent)] });
    expect(spans).toEqual([]);
    expect(sent?.traceparent).toBeUndefined();
    expect(answer).toBe(DELIVERED);
  });

  it('passes through nothing while tracing is off', () => {
    const inner: WebhookClient = { attempt: () => Promise.resolve(DELIVERED) };
    expect(tracedWebhookClient(inner, NO_TRACING, { now: () => NOW })).toBe(inner);
  });
});
