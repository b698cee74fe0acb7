/** Orders at a pace, and is the subscriber who hears of their confirmation; both in one process, so that one clock counts. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { ORDER } from '../ingest/order.js';
import { serveJobs } from '../measuring/worker.js';
import { skuOf } from './skus.js';

export type ShopJob =
  /** Opens the endpoint. */
  | { readonly do: 'open' }
  | {
      readonly do: 'order';
      readonly url: string;
      readonly apiKey: string;
      readonly perSecond: number;
      readonly ms: number;
    }
  /** Forgets what came before. */
  | { readonly do: 'forget' }
  | { readonly do: 'count' }
  | { readonly do: 'result' };

export interface ShopAnswer {
  readonly port?: number;
  readonly ordered?: number;
  readonly confirmed?: number;
  readonly failures?: Readonly<Record<string, number>>;
  readonly orders?: readonly ConfirmedOrder[];
}

export interface ConfirmedOrder {
  readonly orderId: string;
  /** All in milliseconds since 1970. */
  readonly sentAt: number;
  /** When the event was appended. */
  readonly confirmedAt: number;
  readonly heardAt: number;
}

const CONNECTIONS = 64;

const sentAt = new Map<string, number>();
const heard = new Map<string, Pick<ConfirmedOrder, 'confirmedAt' | 'heardAt'>>();
let failures: Record<string, number> = {};
let orders = 0;
let pool: { readonly url: string; readonly pool: Pool } | undefined;

const now = (): number => performance.timeOrigin + performance.now();

const endpoint = createServer((request, response) => {
  void text(request).then((body) => {
    const heardAt = now();
    response.writeHead(204).end();
    const { data, occurredAt } = JSON.parse(body) as {
      readonly data: { readonly orderId: string };
      readonly occurredAt: string;
    };
    if (!heard.has(data.orderId)) heard.set(data.orderId, { confirmedAt: Date.parse(occurredAt), heardAt });
  });
});
endpoint.keepAliveTimeout = 60_000;

/** Does not wait for answers: a client that did would order less just when the product is slow. */
async function order({ url, apiKey, perSecond, ms }: Extract<ShopJob, { do: 'order' }>): Promise<void> {
  if (pool?.url !== url) pool = { url, pool: new Pool(url, { connections: CONNECTIONS }) };
  const authorization = `Bearer ${apiKey}`;
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (let next = began; next < began + ms; next += 1_000 / perSecond) {
    const early = next - performance.now();
    if (early > 0) await sleep(early);
    sent.push(orderOne(pool.pool, authorization));
  }
  await Promise.all(sent);
}

async function orderOne(to: Pool, authorization: string): Promise<void> {
  const number = orders++;
  const items = ORDER.items.map((item, at) => ({ ...item, sku: skuOf(number + at * 7) }));
  const body = JSON.stringify({ ...ORDER, items, payment: { token: 'tok_ok' } });
  const headers = { authorization, 'content-type': 'application/json' };
  const at = now();
  try {
    const answer = await to.request({ method: 'POST', path: '/v1/orders', headers, body });
    const answered = await answer.body.text();
    if (answer.statusCode === 201) {
      sentAt.set((JSON.parse(answered) as { readonly orderId: string }).orderId, at);
      return;
    }
    failed(String(answer.statusCode));
  } catch (error) {
    failed((error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
}

function failed(kind: string): void {
  failures[kind] = (failures[kind] ?? 0) + 1;
}

/** Confirmations of orders that came before are not among them. */
const confirmed = (): number => [...sentAt.keys()].filter((orderId) => heard.has(orderId)).length;
const counts = () => ({ ordered: sentAt.size, confirmed: confirmed(), failures });

async function work(job: ShopJob): Promise<ShopAnswer> {
  switch (job.do) {
    case 'open':
      await new Promise<void>((resolve) => {
        endpoint.listen(0, '127.0.0.1', resolve);
      });
      return { port: (endpoint.address() as AddressInfo).port };
    case 'order':
      await order(job);
      return counts();
    case 'forget':
      sentAt.clear();
      heard.clear();
      failures = {};
      return {};
    case 'count':
      return counts();
    case 'result':
      return {
        ...counts(),
        orders: [...sentAt].flatMap(([orderId, at]) => {
          const known = heard.get(orderId);
          return known ? [{ orderId, sentAt: at, ...known }] : [];
        }),
      };
  }
}

serveJobs(work);
