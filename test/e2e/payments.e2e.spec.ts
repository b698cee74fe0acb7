import { randomUUID } from 'node:crypto';
import { newId } from '#libs/kernel';
import { GATEWAY_PATHS, type LedgerEntry } from '#libs/payment-gateways/simulated';
import { testSettings } from '#libs/testing';
import { allPages, pointersOf, problemOf } from './commands.fixture.js';
import { PaymentDesk } from './payment-desk.fixture.js';
import { type Client, eventually, positionOf, useSharedSystem } from './system.fixture.js';

describe('payments over HTTP', () => {
  // Without process managers, so that each payment is where the test has put it.
  const { system } = useSharedSystem();
  let desk: PaymentDesk;
  let tenant: string;
  let client: Client;
  beforeAll(async () => {
    desk = await PaymentDesk.open(system.databaseUrl);
  });
  afterAll(() => desk.close());
  beforeEach(async () => {
    tenant = `tenant-${randomUUID()}`;
    client = await system.client(tenant);
  });

  const pathOf = (orderId: string) => `/v1/payments/${orderId}`;
  const refund = (orderId: string, body?: object, headers = {}) =>
    client.post(`${pathOf(orderId)}/refunds`, body, headers);
  const review = (orderId: string, decision: string, headers = {}) =>
    client.post(`${pathOf(orderId)}/review`, { decision }, headers);

  async function authorized(token: string | null = null) {
    const orderId = await client.createOrder();
    await desk.tasks.authorize(desk.task(tenant, orderId, token));
    return orderId;
  }

  async function captured() {
    const orderId = await authorized();
    await desk.tasks.capture(desk.task(tenant, orderId));
    return orderId;
  }

  /** At the payment's version or later. */
  const payment = async (orderId: string, after = '') =>
    (await client.get(pathOf(orderId), { ...(after && { 'orderstream-position': after }) })).body;

  const refundsAtGateway = async (orderId: string): Promise<number> => {
    const report = `${testSettings().payments.gatewayUrl}${GATEWAY_PATHS.report}?orderId=${orderId}`;
    const { operations } = (await (await fetch(report)).json()) as { operations: LedgerEntry[] };
    return operations.filter(({ answer }) => answer.result === 'refunded').length;
  };

  it('are pending with version 0 from the moment that the order exists', async () => {
    const order = await client.post('/v1/orders', {
      customer: { id: 'c-1' },
      currency: 'EUR',
      items: [{ sku: 'tea', quantity: 2, unitPrice: 950 }],
    });
    const { orderId } = order.body;
    const answer = await client.get(pathOf(orderId), { 'orderstream-position': positionOf(order) });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"0"']);
    expect(answer.body).toEqual({
      orderId,
      status: 'pending',
      version: 0,
      customerId: 'c-1',
      currency: 'EUR',
      amount: 1_900,
      captured: 0,
      refunded: 0,
      refunds: [],
    });
    expect(problemOf(await refund(orderId, {}))).toEqual([409, 'refund-exceeds-captured']);
    expect(problemOf(await review(orderId, 'approve'))).toEqual([409, 'payment-not-in-review']);
    const cancelled = positionOf(await client.step(orderId, 'cancelled'));
    expect(await payment(orderId, cancelled)).toEqual({ ...answer.body, status: 'voided' });
  });

  it('of no order, and of another tenant, are 404', async () => {
    const foreign = await captured();
    client = await system.client();
    for (const orderId of [newId(), 'no-id', foreign]) {
      expect(problemOf(await client.get(pathOf(orderId)))).toEqual([404, 'payment-not-found']);
      expect(problemOf(await refund(orderId, {}))).toEqual([404, 'payment-not-found']);
      expect(problemOf(await review(orderId, 'approve'))).toEqual([404, 'payment-not-found']);
    }
    expect(await refundsAtGateway(foreign)).toBe(0);
  });

  it('are refunded in parts, never beyond what was captured', async () => {
    const orderId = await captured();
    const first = await refund(orderId, { amount: 400, reason: 'one arrived broken' });
    expect([first.status, first.headers.get('etag')]).toEqual([201, '"3"']);
    expect(first.body).toMatchObject({
      orderId,
      status: 'partially-refunded',
      amount: 1_900,
      captured: 1_900,
      refunded: 400,
      reason: 'one arrived broken',
      gateway: 'simulated',
    });
    expect(positionOf(first)).toMatch(/^payments\/\d+@\d+$/);
    expect(problemOf(await refund(orderId, { amount: 1_501 }))).toEqual([409, 'refund-exceeds-captured']);
    const second = await refund(orderId);
    expect(second.body).toMatchObject({ status: 'refunded', refunded: 1_900, version: 4 });
    const third = await refund(orderId);
    expect(problemOf(third)).toEqual([409, 'refund-exceeds-captured']);
    expect(third.body.detail).toContain('nothing left to refund');
    expect(await refundsAtGateway(orderId)).toBe(2);
    expect(await payment(orderId, positionOf(second))).toEqual(second.body);
  });

  it('repeat the first answer to a refund under its key, and refuse the key for another one', async () => {
    const orderId = await captured();
    const key = { 'idempotency-key': 'refund-1' };
    const first = await refund(orderId, { amount: 400 }, key);
    await refund(orderId, { amount: 100 });
    for (const again of await Promise.all([1, 2].map(() => refund(orderId, { amount: 400 }, key)))) {
      expect([again.status, again.body]).toEqual([201, first.body]);
      expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
      expect(positionOf(again)).toBe(positionOf(first));
    }
    expect(problemOf(await refund(orderId, { amount: 500 }, key))).toEqual([422, 'idempotency-key-reused']);
    expect(problemOf(await refund(orderId, {}, key))).toEqual([422, 'idempotency-key-reused']);
    expect(await refundsAtGateway(orderId)).toBe(2);
  });

  it('make one refund of many that are asked for at once under one key', async () => {
    const orderId = await captured();
    const key = { 'idempotency-key': 'refund-1' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => refund(orderId, {}, key)));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ status: 'refunded', refunded: 1_900 });
    expect(await refundsAtGateway(orderId)).toBe(1);
  });

  it('are refunded at the version that the client saw, before money moves', async () => {
    const orderId = await captured();
    expect(problemOf(await refund(orderId, {}, { 'if-match': '"1"' }))).toEqual([412, 'version-mismatch']);
    expect(await refundsAtGateway(orderId)).toBe(0);
    expect((await refund(orderId, {}, { 'if-match': '"2"' })).status).toBe(201);
  });

  it('answer 503 while the gateway is away, and the retry makes the refund once', async () => {
    const orderId = await captured();
    const key = { 'idempotency-key': 'refund-1' };
    const faults = (next: string[]) =>
      fetch(`${testSettings().payments.gatewayUrl}${GATEWAY_PATHS.faults}`, {
        method: 'PUT',
        body: JSON.stringify({ next }),
      });
    await faults(['unavailable', 'lose-answer']);
    const away = await refund(orderId, {}, key);
    expect(problemOf(away)).toEqual([503, 'unavailable']);
    expect(away.headers.get('retry-after')).toBeTruthy();
    expect(problemOf(await refund(orderId, {}, key))).toEqual([503, 'outcome-unknown']);
    expect((await refund(orderId, {}, key)).body).toMatchObject({ status: 'refunded', refunded: 1_900 });
    expect(await refundsAtGateway(orderId)).toBe(1);

    // Nobody repeats this one.
    const forgotten = await captured();
    await faults(['lose-answer']);
    const lost = await refund(forgotten, { amount: 400, reason: 'broken' });
    expect(problemOf(lost)).toEqual([503, 'outcome-unknown']);
    await eventually(async () =>
      expect(await payment(forgotten)).toMatchObject({ refunded: 400, reason: 'broken', version: 3 }),
    );
    expect(await refundsAtGateway(forgotten)).toBe(1);
  });

  it('are captured from the start, and not listed, if there is nothing to pay', async () => {
    const items = [{ sku: 'sample', quantity: 1, unitPrice: 0 }];
    const order = await client.post('/v1/orders', { customer: { id: 'c-1' }, currency: 'EUR', items });
    const { orderId } = order.body;
    const free = { orderId, version: 0, amount: 0, captured: 0, refunded: 0, refunds: [] };
    expect(await payment(orderId, positionOf(order))).toMatchObject({ ...free, status: 'captured' });
    expect((await client.get('/v1/payments?status=captured')).body.items).toEqual([]);
    expect(problemOf(await refund(orderId, {}))).toEqual([409, 'refund-exceeds-captured']);
    const cancelled = positionOf(await client.step(orderId, 'cancelled'));
    expect(await payment(orderId, cancelled)).toMatchObject({ ...free, status: 'voided' });
  });

  it('are approved or rejected once, while they are in review', async () => {
    const [good, bad] = [await authorized('tok_review'), await authorized('tok_review')];
    const key = { 'idempotency-key': 'review-1' };
    const approved = await review(good, 'approve', key);
    expect([approved.status, approved.body.status]).toEqual([200, 'authorized']);
    expect((await review(good, 'approve', key)).body).toEqual(approved.body);
    const rejected = await client.post(`${pathOf(bad)}/review`, { decision: 'reject', reason: 'stolen' });
    expect(rejected.body).toMatchObject({ status: 'failed', reason: 'stolen' });
    for (const orderId of [good, bad, await captured()])
      expect(problemOf(await review(orderId, 'reject'))).toEqual([409, 'payment-not-in-review']);
  });

  it('can be listed by status, newest first, a page at a time', async () => {
    const [first, second] = [await captured(), await captured()];
    await authorized();
    const last = await refund(second, {});
    const list = (query: string) =>
      client.get(`/v1/payments?${query}`, { 'orderstream-position': positionOf(last) });
    expect((await list('status=captured')).body.items).toMatchObject([{ orderId: first }]);
    expect((await list('status=refunded')).body.items).toMatchObject([{ orderId: second }]);
    const all = await allPages<{ status: string }>(client, '/v1/payments?limit=1');
    expect(all.map(({ status }) => status)).toEqual(['authorized', 'refunded', 'captured']);
    expect(problemOf(await list('status=paid'))).toEqual([400, 'invalid-request']);
  });

  it.each([
    [{ amount: 0 }, ['/amount']],
    [{ amount: 1.5 }, ['/amount']],
    [{ amount: '12' }, ['/amount']],
    [{ reason: '' }, ['/reason']],
  ])('refuse a refund of %j', async (body, pointers) => {
    const answer = await refund(newId(), body);
    expect(answer.status).toBe(400);
    expect(pointersOf(answer)).toEqual(pointers);
  });
});
