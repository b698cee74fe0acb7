import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { AttemptRequest } from '#libs/dispatching';
import { newId, type RecordedEvent } from '#libs/kernel';
import { answerWith, WebhookReceiver } from '#libs/testing';
import { webhookSecretOf } from '#libs/webhooks';
import { publicLookup } from './target-connector.js';
import { UndiciWebhookClient } from './undici-webhook-client.js';

const SECRET = webhookSecretOf(Buffer.alloc(32, 1));
const OTHER_SECRET = webhookSecretOf(Buffer.alloc(32, 2));
const TIMEOUT_MS = 400;

const someEvent = (overrides: Partial<RecordedEvent['metadata']> = {}): RecordedEvent => ({
  type: 'order.created',
  data: { orderId: 'o-1', reason: null, customer: { id: 'c-1', email: null } },
  position: { topic: 'orders', partition: 3, offset: 17 },
  metadata: {
    eventId: newId(),
    streamId: 'o-1',
    version: 1,
    occurredAt: '2026-01-01T00:00:00.000Z',
    correlationId: '0197c0de-0000-7000-8000-000000000001',
    causationId: null,
    commandId: 'command',
    requestHash: null,
    tenant: 'acme',
    actor: 'test',
    traceparent: null,
    ...overrides,
  },
});

const requestTo = (callbackUrl: string, overrides: Partial<AttemptRequest> = {}): AttemptRequest => ({
  subscription: {
    subscriptionId: newId(),
    tenant: 'acme',
    callbackUrl,
    eventTypes: ['*'],
    secrets: [SECRET],
    status: 'active',
    retry: { maxAttempts: 1, initialDelayMs: 1, maxDelayMs: 1, timeoutMs: TIMEOUT_MS },
    startFrom: 'now',
  },
  event: someEvent(),
  previousEventId: null,
  attempt: 1,
  ...overrides,
});

const noSignal = () => new AbortController().signal;

describe('webhook client', () => {
  let receiver: WebhookReceiver;
  let client: UndiciWebhookClient;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    client = new UndiciWebhookClient({ allowPrivateTargets: true, connectTimeoutMs: 1_000 });
  });
  afterEach(async () => {
    await client.close();
    await receiver.close();
  });

  const attempt = (overrides: Partial<AttemptRequest> = {}) =>
    client.attempt(requestTo(receiver.url, overrides), noSignal());

  it('posts the event, signed, with all that tells where it stands', async () => {
    const event = someEvent();
    expect(await attempt({ event, previousEventId: 'previous', attempt: 4 })).toEqual({
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

  it('leaves the previous event out where there is none, and signs with every live secret', async () => {
    const request = requestTo(receiver.url);
    const subscription = { ...request.subscription, secrets: [SECRET, OTHER_SECRET] };
    await client.attempt({ ...request, subscription }, noSignal());
    expect(receiver.deliveries[0]?.headers).not.toHaveProperty('orderstream-previous');
    expect(receiver.wronglySigned(SECRET)).toEqual([]);
    expect(receiver.wronglySigned(OTHER_SECRET)).toEqual([]);
  });

  it('carries the trace of the request on, each attempt as a span of its own', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await attempt({ event: someEvent({ traceparent: `00-${traceId}-00f067aa0ba902b7-00` }) });
    const correlated = someEvent();
    await attempt({ event: correlated });
    await attempt({ event: correlated });
    await attempt({ event: someEvent({ correlationId: 'my request' }) });
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

  it('uses a connection again', async () => {
    receiver.script = () => answerWith(200, { body: 'thanks' });
    for (let index = 0; index < 10; index++) await attempt();
    // Two, because the next request may begin before the last connection is known to be free.
    expect(receiver.connections).toBeLessThanOrEqual(2);
  });

  it.each([200, 201, 204, 299])('takes %d for a success', async (status) => {
    receiver.script = () => answerWith(status);
    expect(await attempt()).toEqual({ outcome: 'delivered', status });
  });

  it.each([400, 404, 410, 500])('takes %d for a failure', async (status) => {
    receiver.script = () => answerWith(status);
    expect(await attempt()).toMatchObject({ outcome: 'failed', reason: 'status', status });
  });

  it('does not follow redirects', async () => {
    receiver.script = () => answerWith(307, { headers: { location: receiver.url } });
    expect(await attempt()).toMatchObject({ outcome: 'failed', reason: 'status', status: 307 });
    expect(receiver.deliveries).toHaveLength(1);
  });

  it('hears when to come again', async () => {
    receiver.script = () => answerWith(503, { headers: { 'retry-after': '7' } });
    expect(await attempt()).toMatchObject({ status: 503, retryAfterMs: 7_000 });
    const date = new Date(Date.now() + 60_000).toUTCString();
    receiver.script = () => answerWith(429, { headers: { 'retry-after': date } });
    const outcome = await attempt();
    expect((outcome as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(55_000);
  });

  it('gives up an endpoint that does not answer in time', async () => {
    receiver.script = () => ({ kind: 'hang' });
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'timeout' });
    receiver.script = () => answerWith(200, { delayMs: 2 * TIMEOUT_MS });
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'timeout' });
  });

  it('takes a success that never ends for what it says, within the time', async () => {
    receiver.script = () => ({ kind: 'hang', status: 200 });
    expect(await attempt()).toEqual({ outcome: 'delivered', status: 200 });
  });

  it('reads little of a large answer', async () => {
    receiver.script = () => answerWith(200, { body: 'x'.repeat(50_000_000) });
    expect(await attempt()).toEqual({ outcome: 'delivered', status: 200 });
  });

  it('tells apart how an endpoint fails', async () => {
    receiver.script = () => ({ kind: 'reset' });
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'connection-reset' });
    const { port } = new URL(receiver.url);
    expect(await client.attempt(requestTo(`https://127.0.0.1:${port}/`), noSignal())).toMatchObject({
      reason: 'tls',
    });
    expect(await client.attempt(requestTo('http://no-such-host.invalid/'), noSignal())).toMatchObject({
      reason: 'name-not-found',
    });
    await receiver.close();
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'connection-refused' });
  });

  it('says so when the answer is not HTTP', async () => {
    const server = createServer((socket) => socket.end('hello\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await client.attempt(requestTo(`http://127.0.0.1:${port}/`), noSignal())).toMatchObject({
      reason: 'invalid-answer',
    });
    server.close();
  });

  it('ends an attempt when told to', async () => {
    receiver.script = () => ({ kind: 'hang' });
    const controller = new AbortController();
    const outcome = client.attempt(requestTo(receiver.url), controller.signal);
    await receiver.until(({ length }) => length === 1);
    controller.abort();
    expect(await outcome).toEqual({ outcome: 'failed', reason: 'aborted' });
    expect(await client.attempt(requestTo(receiver.url), controller.signal)).toEqual({
      outcome: 'failed',
      reason: 'aborted',
    });
  });
});

describe('private targets', () => {
  let receiver: WebhookReceiver;
  let client: UndiciWebhookClient;

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    client = new UndiciWebhookClient({ allowPrivateTargets: false, connectTimeoutMs: 1_000 });
  });
  afterAll(async () => {
    await client.close();
    await receiver.close();
  });

  it.each(['127.0.0.1', 'localhost', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    '%s is refused',
    async (host) => {
      const url = new URL(receiver.url);
      url.hostname = host;
      expect(await client.attempt(requestTo(url.href), noSignal())).toEqual({
        outcome: 'failed',
        reason: 'private-target',
      });
      expect(receiver.connections).toBe(0);
    },
  );

  it('are refused where only one of the addresses of a name is one', async () => {
    const answers = [
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.7', family: 4 },
    ];
    type Done = (error: null, addresses: typeof answers) => void;
    const resolve = (_: string, __: object, done: Done) => done(null, answers);
    const lookup = publicLookup(resolve as never);
    const refusal = await new Promise((settle) => lookup('example.com', { all: true }, settle));
    expect(refusal).toMatchObject({ code: 'PRIVATE_TARGET' });
  });
});
