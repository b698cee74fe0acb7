import { randomUUID } from 'node:crypto';
import { newId, parsePosition } from '#libs/kernel';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { eventually, locationOf, positionOf, useSharedSystem } from './system.fixture.js';

const ONE_TRY = { maxAttempts: 1, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 30_000 };
/** The second attempt is long after the test. */
const RARE_TRIES = { ...ONE_TRY, maxAttempts: 20, initialDelayMs: 600_000, maxDelayMs: 600_000 };

describe('an event is explained as', () => {
  const { system, client } = useSharedSystem();
  let receiver: WebhookReceiver;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());

  /** @returns the path of the subscription */
  const subscribed = async (more: object = {}): Promise<string> =>
    locationOf(await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['order.*'], ...more }));
  const eventsOf = async (orderId: string): Promise<{ eventId: string; position: string }[]> =>
    (await client.get(`/v1/orders/${orderId}/events`)).body.items;
  const explain = async (path: string, query: object) =>
    client.get(`${path}/explain?${new URLSearchParams(query as Record<string, string>).toString()}`);

  /** Waits for an outcome, by id; by position it is the same. */
  async function explained(path: string, eventId: string, outcome: string) {
    const { body } = await eventually(async () => {
      const answer = await explain(path, { eventId });
      expect(answer).toMatchObject({ status: 200, body: { eventId, outcome, reason: expect.any(String) } });
      return answer;
    });
    expect((await explain(path, { position: body.position })).body).toMatchObject({ eventId, outcome });
    return body;
  }

  /** An order with two events. @returns them */
  async function confirmedOrder() {
    const orderId = await client.createOrder();
    expect((await client.step(orderId, 'confirmed')).status).toBe(200);
    const [created, confirmed] = await eventually(async () => {
      const events = await eventsOf(orderId);
      expect(events).toHaveLength(2);
      return events;
    });
    return { created: created!, confirmed: confirmed! };
  }

  it('delivered, with the attempt and the replays; and the watermark of the next delivery covers it', async () => {
    const path = await subscribed({ ordering: 'partition' });
    const { created, confirmed } = await confirmedOrder();
    await receiver.until((all) => all.length === 2);
    const { replayId } = (await client.post(`${path}/replay`, { from: 'beginning' })).body;
    await receiver.until((all) => all.length === 4);
    await eventually(async () => {
      const told = await explained(path, created.eventId, 'delivered');
      expect(told).toMatchObject({
        position: created.position,
        attempt: 1,
        statusCode: 204,
        replays: [replayId],
      });
      expect(told.deliveredAt).toEqual(expect.any(String));
    });
    await explained(path, confirmed.eventId, 'delivered');
    const second = receiver.deliveries.find(({ event }) => event.eventId === confirmed.eventId);
    const watermark = parsePosition(String(second?.headers['orderstream-watermark']));
    const [first, last] = [created, confirmed].map(({ position }) => parsePosition(position)!);
    expect(watermark).toMatchObject({ topic: 'orders', partition: first!.partition });
    expect(watermark!.offset).toBeGreaterThanOrEqual(first!.offset);
    expect(watermark!.offset).toBeLessThan(last!.offset);
  });

  it('retrying, with the next attempt; and what is behind it as pending', async () => {
    const path = await subscribed({ retry: RARE_TRIES });
    receiver.script = () => answerWith(500);
    const { created, confirmed } = await confirmedOrder();
    const told = await explained(path, created.eventId, 'retrying');
    expect(told).toMatchObject({ attempts: 1, lastError: 'status 500' });
    expect(Date.parse(told.nextAttemptAt)).toBeGreaterThan(Date.now());
    const { behind } = await explained(path, confirmed.eventId, 'pending');
    expect(behind).toMatchObject({ eventId: created.eventId, nextAttemptAt: told.nextAttemptAt });
  });

  it('parked, and what is behind it as blocked; once it is skipped, as skipped and delivered', async () => {
    const path = await subscribed({ retry: ONE_TRY });
    receiver.script = ({ event }) => answerWith(event.version === 1 ? 500 : 204);
    const { created, confirmed } = await confirmedOrder();
    const parked = await explained(path, created.eventId, 'parked');
    expect(parked).toMatchObject({ attempts: 1, lastError: 'status 500', parkedAt: expect.any(String) });
    const { behind } = await explained(path, confirmed.eventId, 'blocked');
    expect(behind).toMatchObject({ eventId: created.eventId, parkedAt: parked.parkedAt });
    expect((await client.post(`${path}/dead-letters/skip`, { ids: [created.eventId] })).body.count).toBe(1);
    const skipped = await explained(path, created.eventId, 'skipped');
    expect(skipped).toMatchObject({ by: 'operator', skippedAt: expect.any(String) });
    await explained(path, confirmed.eventId, 'delivered');
  });

  it('skipped, if the subscription goes on without dead letters', async () => {
    const path = await subscribed({ retry: ONE_TRY, onExhausted: 'skip' });
    receiver.script = ({ event }) => answerWith(event.version === 1 ? 500 : 204);
    const { created, confirmed } = await confirmedOrder();
    expect(await explained(path, created.eventId, 'skipped')).toMatchObject({ by: 'policy', attempts: 1 });
    await explained(path, confirmed.eventId, 'delivered');
  });

  it('paused, by a pause or because its endpoint is gone, and since when', async () => {
    const path = await subscribed({ retry: RARE_TRIES });
    receiver.script = () => answerWith(500);
    const { created } = await confirmedOrder();
    await explained(path, created.eventId, 'retrying');
    const { body: pausing } = await client.post(`${path}/pause`, undefined);
    expect(await explained(path, created.eventId, 'paused')).toMatchObject({
      by: 'pause',
      since: pausing.updatedAt,
      attempts: 1,
    });
    receiver.script = () => answerWith(410);
    await client.post(`${path}/resume`, undefined);
    await eventually(async () => expect((await client.get(path)).body.status).toBe('disabled'));
    const told = await explained(path, created.eventId, 'paused');
    expect(told).toMatchObject({ by: 'disabling', disabledReason: 'gone', since: expect.any(String) });
  });

  it('pending, while its endpoint takes its time', async () => {
    const path = await subscribed();
    receiver.script = () => ({ kind: 'hang' });
    const { created } = await confirmedOrder();
    await receiver.until((all) => all.length === 1);
    await explained(path, created.eventId, 'pending');
  });

  it('filtered, with the condition and the value found', async () => {
    const path = await subscribed({ filter: { 'data.customerId': ['c-7', 'c-8'] } });
    const { created } = await confirmedOrder();
    expect((await explained(path, created.eventId, 'filtered')).condition).toEqual({
      field: 'data.customerId',
      expected: ['c-7', 'c-8'],
      found: 'c-1',
    });
  });

  it('not subscribed, by what was asked for then', async () => {
    const path = await subscribed({ eventTypes: ['order.shipped'] });
    const { created } = await confirmedOrder();
    await client.patch(path, { eventTypes: ['order.created'] });
    expect(await explained(path, created.eventId, 'not-subscribed')).toMatchObject({
      eventType: 'order.created',
      eventTypes: ['order.shipped'],
    });
  });

  it('before the start of the subscription', async () => {
    const { created } = await confirmedOrder();
    const path = await subscribed();
    const { start } = await explained(path, created.eventId, 'before-start');
    const [begins, event] = [parsePosition(start)!, parsePosition(created.position)!];
    expect(begins).toMatchObject({ topic: event.topic, partition: event.partition });
    expect(begins.offset).toBeGreaterThan(event.offset);
  });

  it('what it is, also if it belongs to no order', async () => {
    const path = await subscribed();
    const position = positionOf(await client.post(`/v1/stock/${randomUUID()}/receipts`, { quantity: 1 }));
    const { body } = await explain(path, { position });
    expect(body).toMatchObject({ eventType: 'stock.received', position, outcome: 'not-subscribed' });
    await explained(path, body.eventId, 'not-subscribed');
  });

  it('not found, unless the tenant may see it', async () => {
    const path = await subscribed();
    const other = await system.client();
    const otherOrder = await other.createOrder();
    const foreign = await eventually(async () => {
      const [first] = (await other.get(`/v1/orders/${otherOrder}/events`)).body.items;
      return first;
    });
    const unknown = [
      { eventId: foreign.eventId },
      { position: foreign.position },
      { eventId: newId() },
      { eventId: randomUUID() },
      { position: 'orders/0@999999999' },
      { position: 'orders/999@0' },
      { position: 'audit/0@0' },
      { position: 'nothing/0@0' },
    ];
    for (const query of unknown)
      expect([query, await explain(path, query)]).toMatchObject([
        query,
        { status: 404, body: { code: 'event-not-found' } },
      ]);
    const query = new URLSearchParams({ eventId: foreign.eventId }).toString();
    expect(await other.get(`${path}/explain?${query}`)).toMatchObject({
      status: 404,
      body: { code: 'subscription-not-found' },
    });
  });

  it.each([
    ['/eventId', {}],
    ['/position', { eventId: newId(), position: 'orders/0@0' }],
    ['/position', { position: 'x' }],
    ['/eventId', { eventId: 'x' }],
  ])('nothing, as %s says, for %j', async (pointer, query) => {
    const answer = await explain(await subscribed(), query);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ pointer }]);
  });
});
