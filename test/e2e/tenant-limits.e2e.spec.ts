import { randomUUID } from 'node:crypto';
import { StreamClient } from './event-stream.fixture.js';
import { BATCH, flood, orderSteadily, tenants, untilLimited } from './limited-tenants.fixture.js';
import { type Client, eventually, positionOf, someOrder, useSharedSystem } from './system.fixture.js';

const PER_SECOND = 20;
const customer = { customer: { id: 'c-1' }, currency: 'EUR' };

/** Limits are set by command, and known without a restart. */
describe('a tenant with limits of its own', () => {
  const { system } = useSharedSystem();
  let tenant: string;
  let client: Client;

  beforeEach(async () => {
    tenant = `tenant-${randomUUID()}`;
    client = await system.client(tenant);
  });

  const orders = (count: number) => Array.from({ length: count }, () => someOrder());

  it('has as many orders taken as it may, and is told of all others when to come back', async () => {
    await tenants(system, 'set', tenant, '--orders-per-second', String(PER_SECOND));
    await untilLimited(client, PER_SECOND);
    const { taken, seconds, statuses } = await flood(client, 8);
    expect(statuses).toEqual(new Set([200, 429]));
    expect(taken).toBeGreaterThan(0.9 * PER_SECOND * seconds);
    expect(taken).toBeLessThanOrEqual(PER_SECOND * seconds + PER_SECOND + BATCH);
    const refused = await eventually(async () => {
      const answer = await client.post('/v1/orders/batch', orders(2 * PER_SECOND));
      expect(answer.status).toBe(429);
      return answer;
    });
    expect(refused.body).toMatchObject({
      code: 'rate-limited',
      detail: `Your tenant has used up its limit of ${PER_SECOND} orders per second.`,
    });
    const retryAfter = Number(refused.headers.get('retry-after'));
    await new Promise((resolve) => setTimeout(resolve, retryAfter * 1_000));
    expect((await client.post('/v1/orders', someOrder())).status).toBe(201);
    // It is the tenant's alone.
    expect(
      (await (await system.client()).post('/v1/orders', someOrder())).headers.get('ratelimit'),
    ).toBeNull();
  });

  it('is refused nothing below its limit', async () => {
    await tenants(system, 'set', tenant, '--orders-per-second', String(PER_SECOND));
    await untilLimited(client, PER_SECOND);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await orderSteadily(client, 0.9 * PER_SECOND, 4)).toEqual(new Set([201]));
  });

  it('pays for a batch that is larger than a second holds before more is taken', async () => {
    await tenants(system, 'set', tenant, '--orders-per-second', '2');
    await untilLimited(client, 2);
    const began = performance.now();
    await eventually(async () => {
      expect((await client.post('/v1/orders/batch', orders(20))).status).toBe(200);
    });
    const { status, headers } = await client.post('/v1/orders', someOrder());
    expect(status).toBe(429);
    const elapsed = (performance.now() - began) / 1_000;
    const retryAfter = Number(headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan((20 - 2) / 2 - elapsed);
    expect(retryAfter).toBeLessThanOrEqual(20 / 2 + 1);
  });

  it('gets all events of its stream, at its pace', async () => {
    expect((await client.post('/v1/orders/batch', orders(600))).status).toBe(200);
    await tenants(system, 'set', tenant, '--requests-per-second', '4');
    await eventually(async () => {
      expect((await client.get('/v1/stock')).headers.get('ratelimit-policy')).toBe('"requests";q=4;w=1');
    });
    const stream = await eventually(async () => {
      const opened = await StreamClient.open(
        system.app.url,
        client.apiKey,
        '?from=beginning&eventTypes=order.created',
      );
      if (opened.response.status === 200) return opened;
      await opened.close();
      throw new Error(`the stream was answered ${opened.response.status}`);
    });
    await eventually(() => expect(stream.events).toHaveLength(600));
    expect(new Set(stream.items.map(({ eventId }) => eventId)).size).toBe(600);
    await stream.close();
  });

  it('pays for what it waits', async () => {
    await tenants(system, 'set', tenant, '--requests-per-second', '20');
    await eventually(async () => {
      expect((await client.get('/v1/stock')).headers.get('ratelimit-policy')).toBe('"requests";q=20;w=1');
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const polled = await client.get('/v1/events?wait=3&eventTypes=stock.low');
    expect([polled.status, polled.body.items]).toEqual([200, []]);
    expect(polled.headers.get('ratelimit')).toMatch(/^"requests";r=1[67];t=1$/);
  });

  it('has no more of anything than it may, until it may again', async () => {
    const limits = {
      '--batch-size': '2',
      '--subscriptions': '1',
      '--event-streams': '1',
      '--stored-carts': '1',
    };
    await tenants(system, 'set', tenant, ...Object.entries(limits).flat());
    await eventually(async () => {
      const { status, body } = await client.post('/v1/orders/batch', orders(3));
      expect([status, JSON.stringify(body.errors)]).toEqual([400, expect.stringContaining('1 to 2 items')]);
    });
    expect((await client.post('/v1/orders/batch', orders(2))).status).toBe(200);

    const subscription = { callbackUrl: 'http://127.0.0.1:9/', eventTypes: ['order.*'] };
    await client.subscribe(subscription);
    await eventually(async () => {
      const { status, body } = await client.post('/v1/webhook-subscriptions', subscription);
      expect([status, body.code]).toEqual([409, 'subscription-limit-reached']);
      expect(body.detail).toContain('at most 1 are allowed');
    });

    const stream = await StreamClient.open(system.app.url, client.apiKey);
    const second = await client.get('/v1/events');
    expect([second.status, second.body.code]).toEqual([429, 'tenant-share-exceeded']);
    expect(second.body.detail).toContain('may have 1 event streams');
    await stream.close();

    const first = await client.put('/v1/carts/one', customer);
    expect(first.status).toBe(201);
    await client.get('/v1/carts/one', { 'orderstream-position': positionOf(first), prefer: 'wait=30' });
    const refused = await client.put('/v1/carts/two', customer);
    expect([refused.status, refused.body.code]).toEqual([409, 'cart-limit-reached']);
    expect(refused.body.detail).toContain('at most 1 are allowed');
    expect((await client.put('/v1/carts/one', customer)).status).toBe(200);

    await tenants(system, 'unset', tenant);
    await eventually(async () => {
      expect((await client.put('/v1/carts/two', customer)).status).toBe(201);
    });
    expect((await client.post('/v1/orders/batch', orders(3))).status).toBe(200);
  });
});
