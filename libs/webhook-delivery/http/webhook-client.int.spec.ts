import type { AttemptRequest } from '../core/ports.js';
import { answerWith, WebhookReceiver } from '../testing/webhook-receiver.js';
import type { Subscription } from '#libs/webhooks';
import {
  DEVELOPMENT,
  HURRIED,
  noSignal,
  OTHER_SECRET,
  requestFor,
  SECRET,
  someEvent,
  someEvents,
  subscriptionTo,
  valid,
  withoutHeaders,
} from '../testing/attempt-request.fixture.js';
import { UndiciWebhookClient } from './webhook-client.js';

describe('webhook client', () => {
  let receiver: WebhookReceiver;
  let client: UndiciWebhookClient;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    client = new UndiciWebhookClient({
      targets: DEVELOPMENT,
      connectTimeoutMs: 1_000,
      publicUrl: 'https://orders.example.com',
    });
  });
  afterEach(async () => {
    await client.close();
    await receiver.close();
  });

  const attempt = (changes: Partial<AttemptRequest> = {}, subscription: Partial<Subscription> = {}) =>
    client
      .attempt(requestFor(subscriptionTo(receiver.url, subscription), changes), noSignal())
      .then(withoutHeaders);

  it('posts the signed event with its position and predecessor', async () => {
    const event = someEvent();
    expect(await attempt({ events: [event], previousEventId: 'previous', attempt: 4 })).toEqual({
      outcome: 'delivered',
      status: 204,
    });
    const [delivery] = receiver.deliveries;
    expect(delivery).toMatchObject({ method: 'POST', path: '/hook' });
    expect(delivery?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Orderstream/1',
      'webhook-id': event.metadata.eventId,
      'x-event-type': 'order.created',
      'orderstream-position': 'orders/3@17',
      'orderstream-previous': 'previous',
      'orderstream-attempt': '4',
    });
    expect(delivery?.headers).not.toHaveProperty('orderstream-replay');
    expect(JSON.parse(delivery!.body)).toEqual({
      eventId: event.metadata.eventId,
      eventType: 'order.created',
      occurredAt: '2026-01-01T00:00:00.000Z',
      version: 1,
      data: { orderId: 'o-1', customer: { id: 'c-1' } },
    });
    expect(receiver.wronglySigned(SECRET)).toEqual([]);
    expect(receiver.wronglySigned(OTHER_SECRET)).toHaveLength(1);
  });

  it('omits a missing previous event and signs with every valid secret', async () => {
    await attempt({}, { secrets: [valid(SECRET), valid(OTHER_SECRET, '2999-01-01T00:00:00.000Z')] });
    expect(receiver.deliveries[0]?.headers).not.toHaveProperty('orderstream-previous');
    expect(receiver.wronglySigned(SECRET)).toEqual([]);
    expect(receiver.wronglySigned(OTHER_SECRET)).toEqual([]);
    await attempt({}, { secrets: [valid(SECRET), valid(OTHER_SECRET, '2020-01-01T00:00:00.000Z')] });
    expect(receiver.wronglySigned(OTHER_SECRET)).toHaveLength(1);
  });

  it('posts a batch as one signed request and names its replay', async () => {
    const events = someEvents(3);
    await attempt({ events, replayId: 'replay-1' }, { batch: { maxEvents: 10, maxWaitMs: 0 } });
    const [delivery] = receiver.deliveries;
    expect(delivery?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-event-type': 'batch',
      'orderstream-position': 'orders/3@19',
      'orderstream-replay': 'replay-1',
    });
    const body = JSON.parse(delivery!.body);
    expect(body.events.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3]);
    expect(receiver.wronglySigned(SECRET)).toEqual([]);
  });

  it('continues the trace of the request, with a new span per attempt', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await attempt({ events: [someEvent({ traceparent: `00-${traceId}-00f067aa0ba902b7-00` })] });
    const correlated = someEvent();
    await attempt({ events: [correlated] });
    await attempt({ events: [correlated] });
    await attempt({ events: [someEvent({ correlationId: 'my request' })] });
    const [traced, first, second, named] = receiver.deliveries.map(({ headers }) =>
      String(headers['traceparent']),
    );
    expect(traced).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(traced).not.toContain('00f067aa0ba902b7');
    expect(first).toMatch(/^00-0197c0de000070008000000000000001-[0-9a-f]{16}-01$/);
    expect(second?.slice(0, 35)).toBe(first?.slice(0, 35));
    expect(second).not.toBe(first);
    expect(named).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it.each([200, 201, 204, 299])('counts %d as success', async (status) => {
    receiver.script = () => answerWith(status);
    expect(await attempt()).toEqual({ outcome: 'delivered', status });
  });

  it.each([304, 400, 404, 410, 500])('counts %d as failure', async (status) => {
    receiver.script = () => answerWith(status);
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'status', status });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %d redirect', async (status) => {
    receiver.script = () => answerWith(status, { headers: { location: receiver.url } });
    expect(await attempt()).toMatchObject({ outcome: 'failed', reason: 'status', status });
    expect(receiver.deliveries).toHaveLength(1);
  });

  it('reads Retry-After', async () => {
    receiver.script = () => answerWith(503, { headers: { 'retry-after': '7' } });
    expect(await attempt()).toMatchObject({ status: 503, retryAfterMs: 7_000 });
    const date = new Date(Date.now() + 60_000).toUTCString();
    receiver.script = () => answerWith(429, { headers: { 'retry-after': date } });
    const outcome = await attempt();
    expect((outcome as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(55_000);
    receiver.script = () => answerWith(503, { headers: { 'retry-after': 'soon' } });
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'status', status: 503 });
  });

  it('times out when an endpoint does not answer', async () => {
    receiver.script = () => ({ kind: 'hang' });
    expect(await attempt({}, { retry: HURRIED })).toEqual({ outcome: 'failed', reason: 'timeout' });
    receiver.script = () => answerWith(200, { delayMs: 3 * HURRIED.timeoutMs });
    expect(await attempt({}, { retry: HURRIED })).toEqual({ outcome: 'failed', reason: 'timeout' });
  });

  it('aborts the attempts of a signal and no others', async () => {
    receiver.script = () => ({ kind: 'hang' });
    const controller = new AbortController();
    const request = requestFor(subscriptionTo(receiver.url));
    const outcomes = [1, 2].map(() => client.attempt(request, controller.signal));
    const otherController = new AbortController();
    const other = client.attempt(request, otherController.signal);
    await receiver.until(({ length }) => length === 3);
    controller.abort();
    const aborted = { outcome: 'failed', reason: 'aborted' };
    expect(await Promise.all(outcomes)).toEqual([aborted, aborted]);
    const first = await Promise.race([other, new Promise((resolve) => setTimeout(resolve, 50, 'under way'))]);
    expect(first).toBe('under way');
    otherController.abort();
    expect(await other).toEqual(aborted);
    expect(await client.attempt(request, controller.signal)).toEqual(aborted);
    expect(receiver.deliveries).toHaveLength(3);
  });
});
