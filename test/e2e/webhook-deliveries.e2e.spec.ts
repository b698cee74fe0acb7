import { randomUUID } from 'node:crypto';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { Client, eventually, locationOf, useSharedSystem } from './system.fixture.js';

const TWO_TRIES = { maxAttempts: 2, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 30_000 };

describe('deliveries of webhooks', () => {
  const { system, client } = useSharedSystem({ clientFor: 'test' });
  let receiver: WebhookReceiver;
  let path: string;
  let prisma: ReturnType<typeof makePrisma>;
  let keys: ApiKeyRepository;

  beforeAll(() => {
    prisma = makePrisma({ url: system.databaseUrl, poolSize: 1, timeoutMs: 5_000 });
    keys = new ApiKeyRepository(prisma);
  });
  afterAll(() => prisma?.$disconnect());

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    const headers = { 'x-secret': 'hush' };
    const body = { callbackUrl: receiver.url, eventTypes: ['order.*'], retry: TWO_TRIES, headers };
    path = locationOf(await client.subscribe(body));
  });
  afterEach(() => receiver.close());

  const deadLetters = async () => (await client.get(`${path}/dead-letters`)).body.items;
  const deadLettersAre = (count: number) =>
    eventually(async () => {
      const found = await deadLetters();
      expect(found).toHaveLength(count);
      return found;
    });
  const deliveries = async (query = '') => (await client.get(`${path}/deliveries${query}`)).body.items;
  const typesOf = (orderId: string) =>
    receiver.accepted
      .filter(({ event }) => event.data.orderId === orderId)
      .map(({ event }) => event.eventType);
  /** Orders whose first event, only, is never taken. */
  async function failToCreate(count: number): Promise<string[]> {
    receiver.script = ({ event }) =>
      event.version === 1 ? answerWith(500, { body: 'no' }) : answerWith(204);
    const ids = await Promise.all(Array.from({ length: count }, () => client.createOrder()));
    for (const id of ids) expect((await client.step(id, 'confirmed')).status).toBe(200);
    return ids;
  }

  it('that fail are dead letters in the end, with what is behind them, until they are redriven', async () => {
    const [orderId] = await failToCreate(1);
    const [dead] = await deadLettersAre(1);
    await eventually(async () => expect((await deadLetters())[0].heldBehind).toBe(1));
    expect(dead).toMatchObject({ eventType: 'order.created', attempts: 2, lastError: 'status 500' });
    const [failed] = await eventually(async () => {
      const found = await deliveries('?status=dead-letter');
      expect(found).toHaveLength(1);
      return found;
    });
    expect(failed).toMatchObject({ eventId: dead.eventId, position: dead.position, status: 'dead-letter' });
    expect(failed.attempts).toEqual(
      [1, 2].map((attempt) =>
        expect.objectContaining({ attempt, statusCode: 500, error: 'status', answer: 'no' }),
      ),
    );
    receiver.script = () => answerWith(204);
    const redriven = await client.post(`${path}/dead-letters/redrive`, { ids: [dead.eventId] });
    expect(redriven).toMatchObject({ status: 200, body: { count: 1 } });
    await eventually(() => expect(typesOf(orderId!)).toEqual(['order.created', 'order.confirmed']));
    await deadLettersAre(0);
    await eventually(async () => expect(await deliveries('?status=delivered')).toHaveLength(2));
  });

  it('that are skipped are never made, and those behind them are', async () => {
    const ids = await failToCreate(3);
    await deadLettersAre(3);
    expect((await client.post(`${path}/dead-letters/skip`, { all: true })).body).toEqual({ count: 3 });
    for (const id of ids) await eventually(() => expect(typesOf(id)).toEqual(['order.confirmed']));
    await deadLettersAre(0);
    await eventually(async () => expect(await deliveries('?status=skipped')).toHaveLength(3));
  });

  it('can be made once more, by replays, of all or some, here or elsewhere', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => client.createOrder()));
    for (const id of ids) await client.step(id, 'confirmed');
    await receiver.until((all) => all.length === 10);
    const elsewhere = await WebhookReceiver.start();
    try {
      const key = { 'idempotency-key': randomUUID() };
      const body = { from: 'beginning', eventTypes: ['order.confirmed'], callbackUrl: elsewhere.url };
      const begun = await client.post(`${path}/replay`, body, key);
      expect(begun).toMatchObject({
        status: 202,
        body: { state: 'running', eventTypes: ['order.confirmed'] },
      });
      const { replayId } = begun.body;
      expect((await client.post(`${path}/replay`, body, key)).body.replayId).toBe(replayId);
      expect((await client.post(`${path}/replay`, { from: 'beginning' }, key)).status).toBe(422);
      await eventually(async () => {
        const { body: replay } = await client.get(begun.headers.get('location') ?? '');
        expect(replay).toMatchObject({ state: 'completed', done: replay.total });
      });
      expect(elsewhere.accepted.map(({ event }) => event.data.orderId).toSorted()).toEqual(ids.toSorted());
      expect(new Set(elsewhere.accepted.map(({ headers }) => headers['orderstream-replay']))).toEqual(
        new Set([replayId]),
      );
      expect(receiver.deliveries).toHaveLength(10);
    } finally {
      await elsewhere.close();
    }
  });

  it('can be looked at one by one: what was sent, what was answered, and how all of them fared', async () => {
    receiver.script = ({ headers }) =>
      answerWith(headers['orderstream-attempt'] === '1' ? 503 : 200, {
        body: 'so so',
        headers: { 'x-request': 'r-1', 'set-cookie': 'a=b' },
      });
    const [orderId, otherId] = [await client.createOrder(), await client.createOrder()];
    await receiver.until(() => receiver.accepted.length === 2);
    const requests = receiver.deliveries.filter(({ event }) => event.data.orderId === orderId);
    const { eventId } = requests[0]!.event;
    const detail = await eventually(async () => {
      const found = (await client.get(`${path}/deliveries/${eventId}`)).body.items;
      expect(found).toMatchObject([{ status: 'delivered', streamId: orderId, version: 1 }]);
      return found[0];
    });
    expect(detail.request).toEqual({
      contentType: 'application/json',
      bytes: requests[0]!.body.length,
      body: requests[0]!.body,
    });
    expect(detail.attempts).toHaveLength(2);
    for (const [index, attempt] of detail.attempts.entries()) {
      expect(attempt.answerHeaders).toContainEqual({ name: 'x-request', value: 'r-1' });
      expect(JSON.stringify(attempt.answerHeaders)).not.toContain('a=b');
      const { headers } = requests[index]!;
      for (const { name, value } of attempt.requestHeaders) {
        expect(headers).toHaveProperty([name]);
        if (name === 'webhook-timestamp')
          expect(Math.abs(Number(value) - Number(headers[name]))).toBeLessThan(60);
        else if (value !== undefined && name !== 'traceparent')
          expect([name, value]).toEqual([name, headers[name]]);
      }
      expect(JSON.stringify(detail)).not.toMatch(/hush|v1,/);
    }
    const idsOf = async (query: string) => {
      const found = await eventually(async () => {
        const { status, body } = await client.get(`${path}/deliveries?${query}`);
        expect([query, status]).toEqual([query, 200]);
        return body.items as { eventId: string }[];
      });
      return found.map((each) => each.eventId);
    };
    for (const query of [`orderId=${orderId}`, `eventId=${eventId}`, `orderId=${orderId}&code=200`])
      await eventually(async () => expect([query, await idsOf(query)]).toEqual([query, [eventId]]));
    expect(await idsOf(`orderId=${otherId}&eventId=${eventId}`)).toEqual([]);
    expect(await idsOf('code=503')).toEqual([]);
    expect(await idsOf('eventType=order.confirmed')).toEqual([]);
    expect(await idsOf('eventType=order.created&code=200')).toHaveLength(2);
    for (const query of ['code=99', 'code=x', 'eventType=order.*', 'eventId=1', 'orderId=1'])
      expect((await client.get(`${path}/deliveries?${query}`)).status).toBe(400);

    await eventually(async () => {
      const { body } = await client.get(`${path}/metrics?period=24h`);
      expect(body).toMatchObject({ period: '24h', attempts: 4, delivered: 2, failed: 2, successRate: 0.5 });
      expect(body.statusCodes).toEqual([
        { code: 200, count: 2 },
        { code: 503, count: 2 },
      ]);
      expect(body).toMatchObject({ deadLetters: 0, lagEvents: 0, latencyMs: { p50: expect.any(Number) } });
    });
    const subscriptionId = path.split('/').at(-1);
    const { key } = await keys.create({ tenant: 'operators', name: 'watches', scopes: ['operator'] });
    const operator = new Client(() => system.app.url, key);
    const watched = async (query: string) => {
      const { status, body } = await operator.get(`/v1/operations/webhook-subscriptions?${query}`);
      expect([query, status]).toEqual([query, 200]);
      return body.items.find((each: { subscriptionId: string }) => each.subscriptionId === subscriptionId);
    };
    const { tenant, ...item } = await watched('limit=100&health=healthy');
    expect(item).toMatchObject({ health: 'healthy', url: receiver.url, attempts: 4, status: 'active' });
    expect(await watched(`tenant=${tenant}&period=7d`)).toMatchObject({ attempts: 4, lagEvents: 0 });
    expect(await watched(`tenant=${tenant}&health=idle`)).toBeUndefined();
    expect((await client.get('/v1/operations/webhook-subscriptions')).status).toBe(403);
  });

  it('can be resent one by one, by the present settings', async () => {
    const orderId = await client.createOrder();
    await client.step(orderId, 'confirmed');
    await receiver.until((all) => all.length === 2);
    const [first] = receiver.deliveries;
    const { eventId } = first!.event;
    const resend = (id: string) => client.post(`${path}/deliveries/${id}/resend`, undefined);
    const begun = await eventually(async () => {
      const answer = await resend(eventId);
      expect(answer.status).toBe(202);
      return answer;
    });
    await receiver.until((all) => all.length === 3);
    const again = receiver.deliveries.at(-1)!;
    expect(again.event).toEqual(first!.event);
    expect(again.headers['orderstream-replay']).toBe(begun.body.replayId);
    await eventually(async () => {
      const { items } = (await client.get(`${path}/deliveries/${eventId}`)).body;
      expect(items.map((each: { replayId?: string }) => each.replayId)).toEqual([
        begun.body.replayId,
        undefined,
      ]);
    });
    await eventually(async () =>
      expect((await client.get(begun.headers.get('location') ?? '')).body).toMatchObject({
        state: 'completed',
        total: 1,
      }),
    );
    expect(receiver.deliveries).toHaveLength(3);
    expect((await resend(randomUUID())).body).toMatchObject({ status: 404, code: 'delivery-not-found' });
    await client.patch(path, { eventTypes: ['stock.low'] });
    await eventually(async () =>
      expect((await resend(eventId)).body).toMatchObject({ status: 409, code: 'delivery-not-subscribed' }),
    );
  });

  it('are of the event types in the catalogue', async () => {
    const { items } = (await client.get('/v1/event-types')).body;
    expect(items).toContainEqual(
      expect.objectContaining({
        eventType: 'order.created',
        topic: 'orders',
        example: expect.objectContaining({ eventType: 'order.created' }),
      }),
    );
  });

  it('can be stopped while a replay runs', async () => {
    const id = await client.createOrder();
    await receiver.until((all) => all.length === 1);
    await client.post(`${path}/pause`, undefined);
    const { headers, body } = await client.post(`${path}/replay`, { from: 'beginning' });
    const location = headers.get('location') ?? '';
    expect((await client.get(`${path}/replays`)).body.items).toMatchObject([{ replayId: body.replayId }]);
    expect((await client.delete(location)).status).toBe(204);
    expect((await client.get(location)).body.state).toBe('cancelled');
    await client.post(`${path}/resume`, undefined);
    await client.step(id, 'confirmed');
    await receiver.until((all) => all.length === 2);
    expect(typesOf(id)).toEqual(['order.created', 'order.confirmed']);
  });

  it('come as far as the log, in each partition', async () => {
    await client.createOrder();
    await receiver.until((all) => all.length === 1);
    await eventually(async () => {
      const { items } = (await client.get(`${path}/cursors`)).body;
      expect(items.length).toBeGreaterThan(0);
      expect(items.filter(({ lag }: { lag: number }) => lag > 0)).toEqual([]);
    });
  });

  it('are nobody else’s to see, or to touch', async () => {
    const other = await system.client();
    const { body } = await client.post(`${path}/replay`, { from: 'beginning' });
    for (const each of [
      'deliveries',
      'metrics',
      'dead-letters',
      'cursors',
      'replays',
      `replays/${body.replayId}`,
    ])
      expect([each, (await other.get(`${path}/${each}`)).status]).toEqual([each, 404]);
    for (const each of ['dead-letters/redrive', 'dead-letters/skip'])
      expect((await other.post(`${path}/${each}`, { all: true })).status).toBe(404);
    expect((await other.post(`${path}/replay`, { from: 'beginning' })).status).toBe(404);
    expect((await other.delete(`${path}/replays/${body.replayId}`)).status).toBe(404);
    expect((await client.get(`${path}/replays/${randomUUID()}`)).status).toBe(404);
  });

  it.each<[string, string, object]>([
    ['/callbackUrl', 'replay', { from: 'beginning', callbackUrl: 'ftp://example.com/' }],
    ['/eventTypes', 'replay', { from: 'beginning', eventTypes: ['stock.received'] }],
    ['/from/positions/0', 'replay', { from: { positions: ['orders/999999@0'] } }],
    ['/to/positions/0', 'replay', { from: 'beginning', to: { positions: ['x'] } }],
  ])('tell by %s what is wrong with a request', async (pointer, where, body) => {
    const answer = await client.post(`${path}/${where}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ pointer }]);
  });
});
