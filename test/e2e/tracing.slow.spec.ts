import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTestDirectory } from '#libs/testing';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { Mailbox } from '../systems/mailbox.js';
import { readMetrics } from '../systems/metrics.js';
import { type CollectedSpan, drawTrace, TraceCollector } from '../systems/trace-collector.js';
import { Fulfilment, WITH_FULFILMENT } from './fulfilment.fixture.js';
import {
  type Client,
  eventually,
  serversOfSharedSystem,
  someOrder,
  startSystem,
  type System,
} from './system.fixture.js';

const SPAN = 'b7ad6b7169203331';
const newTraceId = (): string => randomBytes(16).toString('hex');

describe('tracing', () => {
  let collector: TraceCollector;
  let mailbox: Mailbox;
  let receiver: WebhookReceiver;
  let system: System;
  let client: Client;
  beforeAll(async () => {
    collector = await TraceCollector.start();
    receiver = await WebhookReceiver.start();
    mailbox = await Mailbox.open(join(await makeTestDirectory('mails'), 'mail'));
    system = await startSystem(await serversOfSharedSystem(), {
      ...WITH_FULFILMENT,
      ...collector.settings,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      // However busy the machine is, orders are taken at once.
      COMMAND_MAX_LAG_MS: '0',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      LOG_LEVEL: 'debug',
      SMTP_URL: mailbox.server.url,
      PROCESSES: '2',
    });
  });
  afterAll(async () => {
    await system.stop();
    await mailbox.server.stop();
    await receiver.close();
    await collector.close();
  });
  beforeEach(async () => {
    receiver.deliveries.length = 0;
    receiver.script = () => answerWith(204);
    client = await system.client();
  });

  const order = (headers: Record<string, string>, ofClient = client) =>
    ofClient.post('/v1/orders', someOrder(), headers);
  const logged = async (text: string): Promise<Record<string, unknown>[]> =>
    (await system.log())
      .split('\n')
      .filter((line) => line.includes(text))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  /** The trace, once it has as many spans of each name. */
  const traceWith = (traceId: string, counts: Readonly<Record<string, number>>): Promise<CollectedSpan[]> =>
    eventually(() => {
      const spans = collector.trace(traceId);
      const found = Object.keys(counts).map((name) => [
        name,
        spans.filter((span) => span.name === name).length,
      ]);
      expect(Object.fromEntries(found)).toEqual(counts);
      return spans;
    });

  it('has an order in one trace, from the request to the last delivery', async () => {
    receiver.script = ({ event, headers }) =>
      answerWith(event.eventType === 'order.created' && headers['orderstream-attempt'] === '1' ? 500 : 204);
    const other = await WebhookReceiver.start();
    const retry = { maxAttempts: 3, initialDelayMs: 100, maxDelayMs: 100, timeoutMs: 5_000 };
    for (const { url } of [receiver, other])
      await client.subscribe({ callbackUrl: url, eventTypes: ['order.created', 'order.confirmed'], retry });
    const shop = new Fulfilment(client);
    const sku = `sku-${randomUUID()}`;
    await shop.receive(sku, 10);
    const traceId = newTraceId();
    const body = {
      customer: { id: 'customer-of-nobodys-business', email: 'ada@example.com', name: 'Ada Lovelace' },
      currency: 'EUR',
      items: [{ sku, quantity: 2, unitPrice: 950 }],
      payment: { token: 'tok_ok' },
    };
    const headers = { traceparent: `00-${traceId}-${SPAN}-01`, tracestate: 'vendor=1' };
    const { orderId } = (await client.post('/v1/orders', body, headers)).body;
    await shop.reaches(orderId, 'confirmed');
    expect(await shop.mails(orderId, 1)).toEqual(['order-confirmed']);

    const spans = await traceWith(traceId, {
      'POST /v1/orders': 1,
      'command create-order': 1,
      'decide orders': 2,
      'append orders': 2,
      'project order.created': 1,
      'project order.confirmed': 1,
      'deliver order.created': 3,
      'deliver order.confirmed': 2,
      'payment gateway authorize': 1,
      'payment gateway capture': 1,
      'send mail': 1,
      'project email.sent': 1,
    });
    const { TRACE_FILE } = process.env;
    if (TRACE_FILE) await writeFile(TRACE_FILE, drawTrace(spans));

    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const above = ({ parentSpanId }: CollectedSpan): string[] => {
      const parent = byId.get(parentSpanId);
      return parent ? [parent.name, ...above(parent)] : [parentSpanId];
    };
    const waysTo = (name: string) => spans.filter((span) => span.name === name).map(above);
    const created = ['command create-order', 'POST /v1/orders', SPAN];
    const began = ['command handle-event', ...created];
    // Each span hangs on another, and the first one on the client's.
    for (const span of spans) expect(above(span).at(-1)).toBe(SPAN);
    for (const name of ['project order.created', 'deliver order.created'])
      for (const way of waysTo(name)) expect(way).toEqual(created);
    expect(waysTo('append orders')[0]).toEqual(created);
    expect(waysTo('send reserve-stock to stock')).toEqual([began]);
    expect(waysTo('payment gateway authorize')[0]?.[0]).toBe('send authorize to payments');
    expect(waysTo('payment gateway authorize')[0]).toEqual(expect.arrayContaining(began));
    expect(waysTo('send mail')[0]).toEqual(expect.arrayContaining(['send authorize to payments', ...began]));
    expect(waysTo('deliver order.confirmed')[0]?.slice(0, 2)).toEqual([
      'command confirm-order',
      'send confirm-order to orders',
    ]);

    // Subscribers continue the attempt that they got.
    const attempts = spans.filter(({ name }) => name.startsWith('deliver '));
    const sent = [...receiver.deliveries, ...other.deliveries].map((each) => each.headers['traceparent']);
    expect(sent.toSorted()).toEqual(attempts.map(({ spanId }) => `00-${traceId}-${spanId}-01`).toSorted());
    expect(attempts.filter(({ hasFailed }) => hasFailed).map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({ 'error.type': '500', 'orderstream.attempt': 1 }),
    ]);

    const lines = await logged(traceId);
    const webhooks = lines.filter(({ msg }) => msg === 'webhook attempt');
    expect(webhooks.map(({ spanId }) => spanId).toSorted()).toEqual(
      attempts.map(({ spanId }) => spanId).toSorted(),
    );
    const request = spans.find(({ name }) => name === 'POST /v1/orders');
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'request answered', traceId, spanId: request?.spanId }),
    );
    expect(request?.attributes).toMatchObject({
      'http.route': '/v1/orders',
      'http.response.status_code': 201,
    });
    expect(request?.resource).toMatchObject({
      'service.name': 'orderstream',
      'deployment.environment.name': 'test',
    });
    expect(JSON.stringify(collector.spans)).not.toMatch(/ada@example|Lovelace|nobodys-business|tok_ok/);
    await other.close();
  });

  it('records nothing of a trace that its client does not record, and says so to subscribers', async () => {
    await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['order.created'] });
    const traceId = newTraceId();
    await order({ traceparent: `00-${traceId}-${SPAN}-00` });
    await receiver.until(({ length }) => length > 0);
    expect(receiver.deliveries[0]?.headers['traceparent']).toMatch(
      new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`),
    );
    const recorded = newTraceId();
    await order({ traceparent: `00-${recorded}-${SPAN}-01` });
    await traceWith(recorded, { 'deliver order.created': 1 });
    expect(collector.trace(traceId)).toEqual([]);
  });

  it('records nothing that a stranger asks for', async () => {
    const [ofStranger, ofUs] = [newTraceId(), newTraceId()];
    for (const authorization of ['Bearer wrong', ''])
      expect((await order({ authorization, traceparent: `00-${ofStranger}-${SPAN}-01` })).status).toBe(401);
    await order({ traceparent: `00-${ofUs}-${SPAN}-01` });
    await traceWith(ofUs, { 'POST /v1/orders': 1 });
    expect(collector.trace(ofStranger)).toEqual([]);
  });

  it.each([
    ['broken', '00-xyz-01', 'a=1'],
    ['all zero', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, ''],
    [
      'repeated, with an enormous state',
      `00-${'1'.repeat(32)}-${SPAN}-01, 00-${'2'.repeat(32)}-${SPAN}-01`,
      'x'.repeat(8_000),
    ],
  ])('begins a trace of its own for a context that is %s', async (_, traceparent, tracestate) => {
    const requestId = randomUUID();
    expect((await order({ traceparent, tracestate, 'x-request-id': requestId })).status).toBe(201);
    const root = await eventually(() => {
      const found = collector.spans.find(
        ({ attributes }) => attributes['orderstream.request_id'] === requestId,
      );
      expect(found).toBeDefined();
      return found!;
    });
    expect(root.parentSpanId).toBe('');
    expect(root.traceId).toMatch(/^(?!0{32}|1{32}|2{32})[0-9a-f]{32}$/);
    expect(JSON.stringify(collector.spans)).not.toContain('x'.repeat(100));
  });

  it('begins a trace for a replay, with a link to that of the event', async () => {
    const answer = await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['order.created'] });
    const traceId = newTraceId();
    await order({ traceparent: `00-${traceId}-${SPAN}-01` });
    const spans = await traceWith(traceId, { 'deliver order.created': 1 });
    const { subscriptionId } = answer.body;
    await client.post(`/v1/webhook-subscriptions/${subscriptionId}/replay`, { from: 'beginning' });
    const replayed = await eventually(() => {
      const found = collector.spans.find(
        ({ attributes }) =>
          attributes['orderstream.subscription_id'] === subscriptionId &&
          attributes['orderstream.replay_id'] !== undefined,
      );
      expect(found).toBeDefined();
      return found!;
    });
    expect(replayed.traceId).not.toBe(traceId);
    expect(replayed.parentSpanId).toBe('');
    const command = spans.find(({ name }) => name === 'command create-order');
    expect(replayed.links).toEqual([{ traceId, spanId: command?.spanId }]);
    expect(receiver.deliveries.map(({ headers }) => headers['traceparent'])).toContain(
      `00-${replayed.traceId}-${replayed.spanId}-01`,
    );
  });

  it('links what many commands share: one append serves a batch of orders', async () => {
    const traceId = newTraceId();
    const orders = Array.from({ length: 100 }, (_, index) => someOrder(`c-${index}`));
    await client.post('/v1/orders/batch', orders, { traceparent: `00-${traceId}-${SPAN}-01` });
    const spans = await traceWith(traceId, { 'command create-order': 100, 'append orders': 100 });
    const appends = spans.filter(({ name, links }) => name === 'append orders' && links.length > 0);
    expect(appends.length).toBeGreaterThan(0);
    for (const { links, parentSpanId } of appends) {
      const shared = collector.spans.find(({ spanId }) => spanId === links[0]?.spanId);
      expect(shared?.name).toBe('append orders batch');
      expect(shared?.links).toContainEqual({ traceId, spanId: parentSpanId });
    }
  });

  it('goes on while the collector hangs, counts what is lost, and says it once', async () => {
    const lost = async (): Promise<number> =>
      [...(await readMetrics(system.app.url))]
        .filter(([name]) => name.startsWith('orderstream_trace_spans_dropped_total'))
        .reduce((sum, [, count]) => sum + count, 0);
    const before = await lost();
    // A busy machine may have been too slow for the collector before.
    const told = (await logged('takes no spans')).length;
    collector.hangs = true;
    const answers = await Promise.all(Array.from({ length: 50 }, () => order({})));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    await eventually(async () => expect(await lost()).toBeGreaterThan(before));
    collector.hangs = false;
    await eventually(async () => {
      await order({});
      expect((await logged('takes spans again')).length).toBeGreaterThan(0);
    });
    // Once in each process.
    expect((await logged('takes no spans')).length).toBeLessThanOrEqual(told + 2);
  });
});
