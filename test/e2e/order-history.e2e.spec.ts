import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pointersOf, problemOf } from './commands.fixture.js';
import { type Answer, positionOf, someOrder, useSharedSystem } from './system.fixture.js';

describe('the history of orders over HTTP', () => {
  const { system, client } = useSharedSystem();

  /** A query that has seen what the command did. */
  const after = (command: Answer, path: string, by = client): Promise<Answer> =>
    by.get(path, { 'orderstream-position': positionOf(command), prefer: 'wait=30' });

  /** An order with its steps, each at a time of its own; and what each command answered. */
  async function lifeOf(...steps: object[]): Promise<[Answer, ...Answer[]]> {
    const created = await client.post('/v1/orders', { ...someOrder(), metadata: { channel: 'web' } });
    const answers: [Answer, ...Answer[]] = [created];
    for (const step of steps) {
      await sleep(5);
      answers.push(await client.patch(`/v1/orders/${created.body.orderId}/status`, step));
    }
    return answers;
  }

  const steps = [
    { status: 'confirmed' },
    { status: 'shipped', trackingNumber: 'T-1', carrier: 'UPS' },
    { status: 'delivered', reason: 'left with a neighbour' },
  ];

  it('shows an order as each command has answered it, by version', async () => {
    const answers = await lifeOf(...steps);
    const last = answers.at(-1)!;
    const path = `/v1/orders/${last.body.orderId}`;
    for (const [index, answer] of answers.entries()) {
      const past = await after(last, `${path}?version=${index + 1}`);
      expect([past.status, past.body]).toEqual([200, answer.body]);
      expect(past.headers.get('etag')).toBe(`"${index + 1}"`);
    }
    expect((await after(last, path)).body).toEqual(last.body);
  });

  it('shows an order as it was at a time, with what happened at that time', async () => {
    const answers = await lifeOf(...steps);
    const last = answers.at(-1)!;
    const path = `/v1/orders/${last.body.orderId}`;
    const asOf = async (time: string | number) =>
      after(last, `${path}?asOf=${encodeURIComponent(new Date(time).toISOString())}`);
    for (const answer of answers) {
      const past = await asOf(answer.body.updatedAt);
      expect([past.status, past.body]).toEqual([200, answer.body]);
      expect(past.headers.get('etag')).toBe(`"${answer.body.version}"`);
    }
    const shippedAt = Date.parse(answers[2]!.body.updatedAt);
    expect((await asOf(shippedAt - 1)).body).toEqual(answers[1]!.body);
    expect((await asOf('2999-01-01T00:00:00Z')).body).toEqual(last.body);
    const elsewhere = await after(last, `${path}?asOf=2999-01-01T00:00:00%2B02:00`);
    expect(elsewhere.body).toEqual(last.body);
  });

  it('says when an order had not come so far', async () => {
    const [created] = await lifeOf();
    const { orderId, createdAt } = created.body;
    const version = await after(created, `/v1/orders/${orderId}?version=2`);
    expect(problemOf(version)).toEqual([404, 'order-not-found']);
    expect(version.body.detail).toBe(`There is no version 2 of order ${orderId}.`);
    const before = new Date(Date.parse(createdAt) - 1).toISOString();
    const time = await after(created, `/v1/orders/${orderId}?asOf=${before}`);
    expect(problemOf(time)).toEqual([404, 'order-not-found']);
    expect(time.body.detail).toBe(`There was no order ${orderId} at ${before}.`);
    expect((await client.get(`/v1/orders/nonsense?version=1`)).body.code).toBe('order-not-found');
  });

  it('is never older than the positions that were sent', async () => {
    const isFresh = async (): Promise<void> => {
      const [created, confirmed] = (await lifeOf({ status: 'confirmed' })) as [Answer, Answer];
      const path = `/v1/orders/${created.body.orderId}`;
      const [version, asOf, events] = await Promise.all([
        after(confirmed, `${path}?version=2`),
        after(confirmed, `${path}?asOf=${confirmed.body.updatedAt}`),
        after(confirmed, `${path}/events`),
      ]);
      expect([version.body, asOf.body]).toEqual([confirmed.body, confirmed.body]);
      expect(events.body.items).toHaveLength(2);
    };
    for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 5 }, isFresh));
    const unknown = { 'orderstream-position': 'orders/0@999999999', prefer: 'wait=0' };
    for (const path of [`/v1/orders/${randomUUID()}?version=1`, '/v1/stats/orders']) {
      expect(problemOf(await client.get(path, unknown))).toEqual([400, 'invalid-request']);
    }
  });

  it('counts orders and revenue by what they are now', async () => {
    const seller = await system.client();
    const from = new Date().toISOString();
    const orders: Answer[] = [];
    for (const currency of ['EUR', 'EUR', 'EUR', 'CHF']) {
      orders.push(await seller.post('/v1/orders', { ...someOrder(), currency }));
    }
    const confirmed = await seller.step(orders[0]!.body.orderId, 'confirmed');
    const cancelled = await seller.step(orders[3]!.body.orderId, 'cancelled');
    const positions = [...orders, confirmed, cancelled].map(positionOf).join(', ');
    const seen = { 'orderstream-position': positions, prefer: 'wait=30' };

    for (const by of ['day', 'hour']) {
      const { status, body } = await seller.get(`/v1/stats/orders?by=${by}&from=${from}`, seen);
      expect([status, body.by]).toEqual([200, by]);
      // The test may run over the end of a period: then there are rows for either side of it.
      const sums = new Map<string, [number, number]>();
      for (const { period, currency, status: what, orders: count, revenue } of body.items) {
        expect(Date.parse(period) % 3_600_000).toBe(0);
        expect(period >= body.from && period < body.to).toBe(true);
        const [counted, earned] = sums.get(`${currency} ${what}`) ?? [0, 0];
        sums.set(`${currency} ${what}`, [counted + count, earned + revenue]);
      }
      expect(Object.fromEntries(sums)).toEqual({
        'CHF cancelled': [1, 1_900],
        'EUR confirmed': [1, 1_900],
        'EUR created': [2, 3_800],
      });
    }
    expect((await seller.get('/v1/stats/orders', seen)).body.items.length).toBeGreaterThanOrEqual(3);
    const past = await seller.get('/v1/stats/orders?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z');
    expect(past.body).toEqual({
      items: [],
      by: 'day',
      from: '2020-01-01T00:00:00.000Z',
      to: '2020-01-02T00:00:00.000Z',
    });
  });

  it('keeps tenants apart', async () => {
    const [created] = await lifeOf();
    const stranger = await system.client();
    const { orderId } = created.body;
    for (const query of ['version=1', 'asOf=2999-01-01T00:00:00Z']) {
      const answer = await after(created, `/v1/orders/${orderId}?${query}`, stranger);
      expect(problemOf(answer)).toEqual([404, 'order-not-found']);
    }
    expect((await after(created, `/v1/orders/${orderId}/events`, stranger)).status).toBe(404);
    expect((await after(created, '/v1/stats/orders', stranger)).body.items).toEqual([]);
  });

  const order = `/v1/orders/${randomUUID()}`;
  it.each([
    [`${order}?version=0`, '/version'],
    [`${order}?version=-1`, '/version'],
    [`${order}?version=1.5`, '/version'],
    [`${order}?version=`, '/version'],
    [`${order}?version=2147483648`, '/version'],
    [`${order}?version=1&version=2`, '/version'],
    [`${order}?asOf=yesterday`, '/asOf'],
    [`${order}?asOf=0000-01-01T00:00:00Z`, '/asOf'],
    [`${order}?version=1&asOf=2026-01-01T00:00:00Z`, '/asOf'],
    [`${order}?at=1`, '/at'],
    ['/v1/stats/orders?by=week', '/by'],
    ['/v1/stats/orders?from=yesterday', '/from'],
    ['/v1/stats/orders?to=tomorrow', '/to'],
    ['/v1/stats/orders?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', '/from'],
    ['/v1/stats/orders?from=2999-01-01T00:00:00Z', '/from'],
    ['/v1/stats/orders?from=2020-01-01T00:00:00Z&to=2023-01-01T00:00:00Z', '/from'],
    ['/v1/stats/orders?status=created', '/status'],
  ])('refuses %s', async (path, pointer) => {
    const answer = await client.get(path);
    expect([...problemOf(answer), pointersOf(answer)?.[0]]).toEqual([400, 'invalid-request', pointer]);
  });
});
