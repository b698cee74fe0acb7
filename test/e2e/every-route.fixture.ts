import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { type Answer, type Client, someOrder } from '../systems/client.js';

export interface KnownIds {
  readonly orderId: string;
  readonly subscriptionId: string;
}

export interface RouteAnswer extends Answer {
  /** Such as `GET /v1/orders`. */
  readonly route: string;
}

const AT_ONCE = 4;
const EVERYTHING = { all: true };

const BODIES: Readonly<Record<string, () => unknown>> = {
  'POST /v1/orders': () => someOrder(),
  'POST /v1/orders/batch': () => [someOrder()],
  'PATCH /v1/orders/{orderId}/status': () => ({ status: 'confirmed' }),
  'POST /v1/stock/{sku}/receipts': () => ({ quantity: 1 }),
  'POST /v1/stock/{sku}/adjustments': () => ({ quantity: 1, reason: 'counted' }),
  'POST /v1/webhook-subscriptions': () => ({
    callbackUrl: 'http://127.0.0.1:9/hook',
    eventTypes: ['webhook.test'],
  }),
  'PATCH /v1/webhook-subscriptions/{subscriptionId}': () => ({ eventTypes: ['webhook.test'] }),
  'POST /v1/webhook-subscriptions/{subscriptionId}/replay': () => ({ from: 'beginning' }),
  'POST /v1/webhook-subscriptions/{subscriptionId}/dead-letters/redrive': () => EVERYTHING,
  'POST /v1/webhook-subscriptions/{subscriptionId}/dead-letters/skip': () => EVERYTHING,
};

/** Asks every route that is documented and needs a key, once, so that it would be answered well on a sound system. */
export async function askEveryRoute(
  client: Client,
  { orderId, subscriptionId }: KnownIds,
): Promise<RouteAnswer[]> {
  const { paths } = (await client.get('/openapi.json')).body as { paths: Record<string, object> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
  const limit = pLimit(AT_ONCE);
  const ask = async (method: string, path: string): Promise<RouteAnswer> => {
    const route = `${method} ${path}`;
    const filled = path
      .replace('{orderId}', orderId)
      .replace('{sku}', 'tea')
      // What is there is still needed.
      .replace('{subscriptionId}', method === 'DELETE' ? randomUUID() : subscriptionId)
      .replace('{replayId}', randomUUID());
    const query = path === '/v1/events' ? '?from=beginning&wait=0' : '';
    const body = method === 'POST' || method === 'PATCH' ? (BODIES[route]?.() ?? {}) : undefined;
    return { route, ...(await client.request(method, `${filled}${query}`, body)) };
  };
  return Promise.all(
    routes
      // A stream has no end.
      .filter(({ path }) => path.startsWith('/v1/') && path !== '/v1/events/stream')
      .map(({ method, path }) => limit(() => ask(method, path))),
  );
}
