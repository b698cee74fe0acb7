import type { Flood, FloodTarget } from './flood.js';

/** One way in which a tenant can ask for more than its share of what tenants share. */
export interface TenantFlood extends Flood {
  /** @returns the status; of a batch the highest of its orders */
  readonly run: (target: FloodTarget, signal: AbortSignal) => Promise<number>;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function ask({ url, apiKey }: FloodTarget, signal: AbortSignal, path: string, asked: Asked = {}) {
  const type = asked.body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { authorization: `Bearer ${apiKey}`, ...type, ...asked.headers };
  const response = await fetch(`${url}${path}`, { ...asked, headers, signal });
  return { status: response.status, text: await response.text() };
}

const get =
  (path: string, headers: Readonly<Record<string, string>> = {}) =>
  async (target: FloodTarget, signal: AbortSignal): Promise<number> =>
    (await ask(target, signal, path, { headers })).status;

const order = {
  customer: { id: 'c-1' },
  currency: 'EUR',
  items: [{ sku: 'tea', quantity: 1, unitPrice: 950 }],
};
const BATCH = JSON.stringify(Array.from({ length: 1_000 }, () => order));

async function sendBatch(target: FloodTarget, signal: AbortSignal): Promise<number> {
  const { status, text } = await ask(target, signal, '/v1/orders/batch', { method: 'POST', body: BATCH });
  if (status !== 200) return status;
  const { results } = JSON.parse(text) as { results: { status: number }[] };
  return Math.max(...results.map((result) => result.status));
}

const SUBSCRIPTIONS = '/v1/webhook-subscriptions';
/** By API key: what its tenant changes again and again. */
const subscriptions = new Map<string, Promise<string>>();
let changes = 0;

async function subscribe(target: FloodTarget, signal: AbortSignal): Promise<string> {
  const body = JSON.stringify({ callbackUrl: 'http://127.0.0.1:9/', eventTypes: ['order.*'] });
  const { text } = await ask(target, signal, SUBSCRIPTIONS, { method: 'POST', body });
  return (JSON.parse(text) as { subscriptionId: string }).subscriptionId;
}

/** Each change makes a rule of another filter, as large as one may be. */
async function changeFilter(target: FloodTarget, signal: AbortSignal): Promise<number> {
  const known = subscriptions.get(target.apiKey) ?? subscribe(target, signal);
  subscriptions.set(target.apiKey, known);
  const values = Array.from({ length: 18 }, (_, index) => `${changes++}-${index}`.padEnd(850));
  const body = JSON.stringify({ filter: { 'data.customer.id': values } });
  const { status } = await ask(target, signal, `${SUBSCRIPTIONS}/${await known}`, { method: 'PATCH', body });
  return status;
}

/** Floods by which a tenant can try to exhaust what it shares with others. */
export const TENANT_FLOODS = {
  waits: {
    name: 'waits-beyond-the-end',
    times: 200,
    run: get('/v1/orders?limit=1', { 'orderstream-position': 'orders/0@900000000', prefer: 'wait=30' }),
  },
  history: {
    name: 'history-of-nothing',
    times: 200,
    run: get('/v1/events?from=beginning&eventTypes=order.cancelled&wait=0'),
  },
  batches: { name: 'batches', times: 20, run: sendBatch },
  lists: { name: 'lists', times: 200, run: get('/v1/orders?limit=100') },
  statistics: { name: 'statistics', times: 200, run: get('/v1/stats/orders?by=hour') },
  filters: { name: 'filters', times: 8, run: changeFilter },
} satisfies Record<string, TenantFlood>;
