import { jest } from '@jest/globals';
import { until } from '#libs/kernel/testing';
import { ALL_OF_A_TENANT } from '../auth/scopes.js';
import { loadSettings } from '../settings/settings.js';
import { API_KEY, TestApp } from '../testing/http-app.fixture.js';
import { RateLimits } from './rate-limits.js';
import { ITEMS_PER_REQUEST, RequestLimits } from './request-limits.js';
import type { OwnLimits } from './tenant-limits.js';
import { TenantQuotas } from './tenant-quotas.js';

const REQUESTS = 100;
const app = await TestApp.use({
  RATE_LIMIT_ORDERS_PER_SECOND: '1',
  RATE_LIMIT_REQUESTS_PER_SECOND: String(REQUESTS),
  HTTP_CORS_ORIGINS: 'https://shop.example',
});

/** Each case begins with what the one before it has left; a debt of orders lasts until the end. */
describe('a limit per second', () => {
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
  const get = (path: string, more = {}) => fetch(`${app.url}${path}`, { headers: { ...headers, ...more } });
  const post = (path: string, body: unknown) =>
    fetch(`${app.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const leftOf = (answer: Response, name = 'requests'): number =>
    Number(new RegExp(`"${name}";r=(\\d+)`).exec(answer.headers.get('ratelimit') ?? '')?.[1]);

  it('is told with what is left of it, where it applies', async () => {
    const order = await get('/v1/orders/1');
    expect(order.headers.get('ratelimit-policy')).toBe('"requests";q=100;w=1');
    expect(order.headers.get('ratelimit')).toMatch(/^"requests";r=\d+;t=1$/);
    const health = await get('/health/live');
    expect(health.headers.get('ratelimit')).toBeNull();
    expect((await fetch(`${app.url}/v1/orders/1`)).headers.get('ratelimit')).toBeNull();
  });

  it('counts long answers by their items', async () => {
    const began = performance.now();
    const before = leftOf(await get('/v1/webhook-subscriptions?limit=50'));
    const after = leftOf(await get('/v1/webhook-subscriptions?limit=3000'));
    const refilled = Math.ceil(((performance.now() - began) * REQUESTS) / 1_000);
    expect(after).toBeLessThanOrEqual(Math.max(0, Math.min(REQUESTS, before + refilled) - 60));
  });

  it('refuses a batch whole or takes it whole, and has its debt paid before anything more is taken', async () => {
    const batch = Array.from({ length: 900 }, () => ({}));
    let taken = await post('/v1/orders/batch', batch);
    // The bucket holds one order.
    expect([taken.status, await taken.json()]).toEqual([201, { items: 900 }]);
    expect(taken.headers.get('ratelimit-policy')).toBe('"orders";q=1;w=1, "requests";q=100;w=1');
    expect(taken.headers.get('ratelimit')).toMatch(/^"orders";r=0;t=(?:[78]\d\d|900), "requests";r=\d+;t=1$/);
    for (const path of ['/v1/orders', '/v1/orders/batch']) {
      taken = await post(path, [{}]);
      expect(taken.status).toBe(429);
      const seconds = Number(taken.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(700);
      expect(seconds).toBeLessThanOrEqual(900);
      expect(await taken.json()).toMatchObject({
        code: 'rate-limited',
        detail: 'Your tenant has used up its limit of 1 orders per second.',
      });
    }
    expect(app.acceptedCustomers).toEqual([]);
    // Other requests are not affected.
    expect((await get('/v1/orders/1')).status).toBe(200);
  });

  it('refuses before the body is read, which the connection shows', async () => {
    const refused = await post('/v1/orders', { filler: 'x'.repeat(500_000) });
    expect([refused.status, refused.headers.get('connection')]).toEqual([429, 'close']);
  });

  it('lets a page read its refusal', async () => {
    const refused = await fetch(`${app.url}/v1/orders`, {
      method: 'POST',
      headers: { ...headers, origin: 'https://shop.example' },
      body: '{}',
    });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });

  it('lets through what it says, and a retry after the time that it names', async () => {
    const began = performance.now();
    let [accepted, seconds] = [0, 0];
    for (let round = 0; round < 100 && seconds === 0; round++) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => get('/v1/orders/1')));
      accepted += answers.filter(({ status }) => status === 200).length;
      const refused = answers.find(({ status }) => status === 429);
      if (refused) seconds = Number(refused.headers.get('retry-after'));
    }
    expect(accepted).toBeLessThanOrEqual(REQUESTS + ((performance.now() - began) * REQUESTS) / 1_000);
    expect(seconds).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
    expect((await get('/v1/orders/1')).status).toBe(200);
  });
});

describe('the pace of a stream', () => {
  it('follows limits that are set, changed and taken away while it runs', async () => {
    const changed = jest.fn<() => void>();
    let own: OwnLimits = {};
    const store = {
      all: async () => new Map([['acme', own]]),
      onChange: (listener: () => void) => void changed.mockImplementation(listener),
    };
    const quotas = new TenantQuotas(loadSettings({}), store);
    const pace = new RequestLimits(new RateLimits(quotas)).paceOf({
      actor: 'k',
      tenant: 'acme',
      scopes: ALL_OF_A_TENANT,
    });
    async function set(limits: OwnLimits): Promise<void> {
      own = limits;
      changed();
      await until(() => quotas.of('acme').requestsPerSecond === limits.requestsPerSecond);
    }
    const send = (requests: number) => pace.sent(requests * ITEMS_PER_REQUEST);
    send(1_000);
    expect(pace.pauseMs).toBe(0);
    await set({ requestsPerSecond: 1 });
    send(1_000);
    expect(pace.pauseMs).toBeGreaterThan(900_000);
    await set({ requestsPerSecond: 1_000 });
    expect(pace.pauseMs).toBeLessThan(1_000);
    send(100_000);
    expect(pace.pauseMs).toBeGreaterThan(90_000);
    await set({});
    expect(pace.pauseMs).toBe(0);
    quotas.onApplicationShutdown();
  });
});
