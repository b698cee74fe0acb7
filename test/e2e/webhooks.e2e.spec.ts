import { answerWith, type ReceivedDelivery, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { pointersOf } from './commands.fixture.js';
import { eventually, useSharedSystem } from './system.fixture.js';

/** Retries that a test need not wait for. On a busy machine an answer takes its time. */
const QUICK_RETRY = { maxAttempts: 20, initialDelayMs: 20, maxDelayMs: 100, timeoutMs: 30_000 };

describe('webhooks', () => {
  const { system, client } = useSharedSystem({ clientFor: 'test' });
  let receiver: WebhookReceiver;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());

  async function subscribed(more: object = {}): Promise<{ subscriptionId: string; secret: string }> {
    const body = { callbackUrl: receiver.url, eventTypes: ['*'], retry: QUICK_RETRY, ...more };
    const answer = await client.subscribe(body);
    expect((await client.get(answer.headers.get('location') ?? '')).status).toBe(200);
    return answer.body;
  }

  async function liveThrough(orderId: string): Promise<void> {
    for (const status of ['confirmed', 'shipped', 'delivered', 'completed']) {
      expect((await client.step(orderId, status)).status).toBe(200);
    }
  }

  const ofOrder = (deliveries: readonly ReceivedDelivery[], orderId: string) =>
    deliveries.filter(({ event }) => event.data.orderId === orderId);

  const versionsOf = (deliveries: readonly ReceivedDelivery[], orderId: string) =>
    ofOrder(deliveries, orderId).map(({ event }) => event.version);

  /** Each event may come again, for instance when its answer came too late. */
  const firstsOf = (deliveries: readonly ReceivedDelivery[]) =>
    deliveries.filter(
      ({ event }, index) => deliveries.findIndex((other) => other.event.eventId === event.eventId) === index,
    );

  /** Every version of every order in its order; a repeat directly carries the same id. */
  function expectWholeAndInOrder(orderIds: readonly string[], versions: readonly number[]): void {
    for (const orderId of orderIds) {
      expect(firstsOf(ofOrder(receiver.accepted, orderId)).map(({ event }) => event.version)).toEqual(
        versions,
      );
    }
  }

  it.each([
    ['is idle', []],
    ['has deliveries', ['confirmed']],
  ])('hold to a change at once, also while a subscription %s', async (_, before) => {
    const { subscriptionId } = await subscribed({ eventTypes: ['order.confirmed'] });
    const first = await client.createOrder();
    for (const status of before) expect((await client.step(first, status)).status).toBe(200);
    await receiver.until((deliveries) => deliveries.length === before.length);
    const orderIds: string[] = [];
    for (const eventTypes of [['order.created'], ['order.created', 'order.confirmed']]) {
      const path = `/v1/webhook-subscriptions/${subscriptionId}`;
      expect((await client.patch(path, { eventTypes })).status).toBe(200);
      orderIds.push(await client.createOrder());
    }
    expect((await client.step(orderIds[1]!, 'confirmed')).status).toBe(200);
    await receiver.until((deliveries) => deliveries.length >= before.length + 3);
    expect(
      receiver.accepted
        .slice(before.length)
        .map(({ event }) => event.data.orderId)
        .toSorted(),
    ).toEqual([orderIds[0], orderIds[1], orderIds[1]].toSorted());
  });

  it('arrive signed, with everything that tells where they stand', async () => {
    const { secret } = await subscribed();
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const order = {
      customer: { id: 'Zoë' },
      currency: 'JPY',
      items: [{ sku: '茶', quantity: 1, unitPrice: 500 }],
    };
    const created = await client.post('/v1/orders', order, { traceparent: trace });
    await receiver.until((deliveries) => deliveries.length === 1);
    expect(receiver.wronglySigned(secret)).toEqual([]);
    const [delivery] = receiver.deliveries;
    expect(delivery!.event).toEqual({
      eventId: delivery!.headers['webhook-id'],
      eventType: 'order.created',
      occurredAt: created.body.createdAt,
      version: 1,
      data: {
        orderId: created.body.orderId,
        ...order,
        total: 500,
        metadata: {},
        customerId: 'Zoë',
        fulfilment: false,
      },
    });
    expect(delivery!.headers).toMatchObject({
      'content-type': 'application/json',
      'x-event-type': 'order.created',
      'orderstream-position': created.headers.get('orderstream-position'),
      'orderstream-attempt': '1',
      traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/),
    });
    expect(delivery!.headers).not.toHaveProperty('orderstream-previous');
  });

  it('begin with the events acknowledged after the subscription', async () => {
    const before = await client.createOrder();
    await subscribed();
    const after = await client.createOrder();
    await client.step(before, 'confirmed');
    await receiver.until((deliveries) => deliveries.length === 2);
    expect(versionsOf(receiver.deliveries, before)).toEqual([2]);
    expect(versionsOf(receiver.deliveries, after)).toEqual([1]);
  });

  it('begin with all of history where that is asked for, and go on live', async () => {
    const orderIds = await Promise.all(Array.from({ length: 20 }, () => client.createOrder()));
    await Promise.all(orderIds.map((orderId) => client.step(orderId, 'confirmed')));
    await subscribed({ startFrom: 'beginning' });
    await Promise.all(orderIds.map((orderId) => client.step(orderId, 'shipped')));
    await receiver.until(() => firstsOf(receiver.accepted).length === 60);
    expectWholeAndInOrder(orderIds, [1, 2, 3]);
  });

  it('stay in order for each order, however the receiver fails, and chain without a gap', async () => {
    const { secret } = await subscribed();
    receiver.script = ({ index }) => {
      if (index % 5 === 1) return answerWith(500);
      if (index % 7 === 2) return answerWith(503, { headers: { 'retry-after': '0' } });
      if (index % 11 === 3) return { kind: 'reset' };
      return answerWith(200);
    };
    const orderIds = await Promise.all(Array.from({ length: 12 }, () => client.createOrder()));
    await Promise.all(orderIds.map(liveThrough));
    await receiver.until(() => firstsOf(receiver.accepted).length === 60);
    expectWholeAndInOrder(orderIds, [1, 2, 3, 4, 5]);
    for (const orderId of orderIds) {
      // Failed attempts count too: no later event was tried before an earlier one.
      const tried = versionsOf(receiver.deliveries, orderId);
      expect(tried).toEqual(tried.toSorted());
    }
    expect(receiver.wronglySigned(secret)).toEqual([]);

    const placeOf = ({ headers }: ReceivedDelivery) => String(headers['orderstream-position']).split('@');
    for (const partition of new Set(receiver.accepted.map((delivery) => placeOf(delivery)[0]))) {
      const inLogOrder = firstsOf(receiver.accepted)
        .filter((delivery) => placeOf(delivery)[0] === partition)
        .toSorted((a, b) => Number(placeOf(a)[1]) - Number(placeOf(b)[1]));
      const chain = inLogOrder.map(({ headers }) => headers['orderstream-previous']);
      expect(chain).toEqual([
        undefined,
        ...inLogOrder.slice(0, -1).map(({ headers }) => headers['webhook-id']),
      ]);
    }
  });

  it('bring the event types that were asked for', async () => {
    await subscribed({ eventTypes: ['order.updated'] });
    const orderId = await client.createOrder();
    await client.step(orderId, 'confirmed');
    await client.step(orderId, 'cancelled');
    await receiver.until((deliveries) => deliveries.length === 2);
    expect(receiver.deliveries.map(({ event }) => event.eventType)).toEqual([
      'order.confirmed',
      'order.cancelled',
    ]);
  });

  it('keep tenants apart', async () => {
    await subscribed();
    const stranger = await system.client();
    await stranger.createOrder();
    const orderId = await client.createOrder();
    await receiver.until((deliveries) => deliveries.length === 1);
    expect(versionsOf(receiver.deliveries, orderId)).toEqual([1]);
    expect(receiver.deliveries).toHaveLength(1);
    expect((await stranger.get('/v1/webhook-subscriptions')).body.items).toEqual([]);
  });

  it('end with their subscription', async () => {
    const { subscriptionId } = await subscribed();
    await client.createOrder();
    await receiver.until((deliveries) => deliveries.length === 1);
    const path = `/v1/webhook-subscriptions/${subscriptionId}`;
    expect((await client.delete(path)).status).toBe(204);
    expect((await client.get(path)).status).toBe(404);
    // The dispatcher hears of it within its poll.
    await eventually(async () => {
      const { length } = receiver.deliveries;
      await client.createOrder();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(receiver.deliveries).toHaveLength(length);
    });
  });

  it.each([
    ['no target', { callbackUrl: undefined }, '/callbackUrl'],
    ['a target that is none', { callbackUrl: 'here' }, '/callbackUrl'],
    ['another protocol', { callbackUrl: 'ftp://example.com' }, '/callbackUrl'],
    ['an unknown event type', { eventTypes: ['order.*', 'order.eaten'] }, '/eventTypes/1'],
    ['no event types', { eventTypes: [] }, '/eventTypes'],
    ['a secret that is too short', { secret: 'whsec_YWJj' }, '/secret'],
    ['no attempts', { retry: { maxAttempts: 0 } }, '/retry/maxAttempts'],
    ['an unknown field', { colour: 'red' }, '/colour'],
  ])('name the field that is wrong: %s', async (_, wrong, pointer) => {
    const body = { callbackUrl: receiver.url, eventTypes: ['*'], ...wrong };
    const answer = await client.post('/v1/webhook-subscriptions', body);
    expect(answer.status).toBe(400);
    expect(pointersOf(answer)).toContain(pointer);
  });

  it('leave a line about each attempt in the log, and no secret', async () => {
    const { secret } = await subscribed();
    const orderId = await client.createOrder('somebody-private');
    await receiver.until((deliveries) => deliveries.length === 1);
    const log = await eventually(async () => {
      const text = await system.log();
      const attempts = text
        .split('\n')
        .filter((line) => line.includes('webhook attempt') && line.includes(orderId));
      expect(attempts).toHaveLength(1);
      return text;
    });
    for (const hidden of [secret, client.apiKey, 'whsec_', 'somebody-private'])
      expect(log).not.toContain(hidden);
  });
});
