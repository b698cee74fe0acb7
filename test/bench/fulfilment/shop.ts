/** Orders, and is the subscriber who hears what comes of it; both in one process, so that one clock counts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDER } from '../ingest/order.js';
import { type HttpAnswer, HttpConnection, serveHttp } from '../measuring/raw-http.js';
import { serveJobs } from '../measuring/worker.js';
import { skuOf } from './skus.js';

export type Pace =
  /** In time, whether or not earlier orders are answered. */
  | { readonly way: 'paced'; readonly perSecond: number }
  /** Each customer orders again once the order before is answered, and waits as long as a `Retry-After` says. */
  | { readonly way: 'closed'; readonly customers: number };

export type ShopJob =
  /** Opens the endpoint. */
  | { readonly do: 'open' }
  | {
      readonly do: 'order';
      readonly url: string;
      readonly apiKey: string;
      readonly pace: Pace;
      readonly ms: number;
    }
  /** Forgets what came before. */
  | { readonly do: 'forget' }
  | { readonly do: 'count' }
  | { readonly do: 'result' };

export interface ShopAnswer {
  readonly port?: number;
  readonly counts?: Counts;
  readonly result?: Result;
}

export interface Counts {
  /** Orders that were acknowledged. */
  readonly taken: number;
  /** Requests answered with `503` and `Retry-After`. */
  readonly refused: number;
  /** Orders that are neither confirmed nor cancelled, as far as the subscriber has heard. */
  readonly open: number;
  /** The age of the oldest of them in milliseconds; 0 for none. */
  readonly oldestMs: number;
}

interface Result extends Counts {
  readonly cancelled: number;
  readonly orders: readonly ConfirmedOrder[];
  /** At each second. */
  readonly course: readonly Counts[];
  readonly failures: Readonly<Record<string, number>>;
}

export interface ConfirmedOrder {
  readonly orderId: string;
  /** All in milliseconds since 1970. */
  readonly sentAt: number;
  /** When the event was appended. */
  readonly confirmedAt: number;
  readonly heardAt: number;
}

const COURSE_MS = 1_000;
const RETRY_AFTER = /\r\nretry-after: *(\d+)/i;

type Heard = Pick<ConfirmedOrder, 'confirmedAt' | 'heardAt'> & { readonly isConfirmed: boolean };

/** By order, in order of their sending. */
const sentAt = new Map<string, number>();
const open = new Map<string, number>();
const heard = new Map<string, Heard>();
let refused = 0;
let failures: Record<string, number> = {};
let course: Counts[] = [];
/** Of all time, so that no two customers order the same. */
let orders = 0;
let idle: { readonly url: string; readonly connections: HttpConnection[] } | undefined;

const now = (): number => performance.timeOrigin + performance.now();

const listen = () =>
  serveHttp(({ body }, answer) => {
    const heardAt = now();
    answer('204 No Content');
    const { eventType, data, occurredAt } = JSON.parse(body) as {
      readonly eventType: string;
      readonly data: { readonly orderId: string };
      readonly occurredAt: string;
    };
    const { orderId } = data;
    open.delete(orderId);
    if (heard.has(orderId)) return;
    heard.set(orderId, {
      isConfirmed: eventType === 'order.confirmed',
      confirmedAt: Date.parse(occurredAt),
      heardAt,
    });
  });

async function order({ url, apiKey, pace, ms }: Extract<ShopJob, { do: 'order' }>): Promise<void> {
  const until = performance.now() + ms;
  const orderOne = () => orderAt(url, apiKey);
  if (pace.way === 'closed') {
    const customer = async (): Promise<void> => {
      while (performance.now() < until) {
        const awayMs = (await orderOne()) * 1_000;
        await sleep(Math.min(awayMs, Math.max(0, until - performance.now())));
      }
    };
    await Promise.all(Array.from({ length: pace.customers }, customer));
    return;
  }
  const sent: Promise<unknown>[] = [];
  for (let next = performance.now(); next < until; next += 1_000 / pace.perSecond) {
    const early = next - performance.now();
    if (early > 0) await sleep(early);
    sent.push(orderOne());
  }
  await Promise.all(sent);
}

/** @returns for how many seconds to stay away */
async function orderAt(url: string, apiKey: string): Promise<number> {
  const number = orders++;
  const items = ORDER.items.map((item, at) => ({ ...item, sku: skuOf(number + at * 7) }));
  const body = JSON.stringify({ ...ORDER, items, payment: { token: 'tok_ok' } });
  const at = now();
  try {
    const answer = await post(url, apiKey, body);
    if (answer.status === 201) {
      const { orderId } = JSON.parse(answer.body) as { readonly orderId: string };
      sentAt.set(orderId, at);
      if (!heard.has(orderId)) open.set(orderId, at);
      return 0;
    }
    const [, seconds] = RETRY_AFTER.exec(answer.head) ?? [];
    if (answer.status === 503 && seconds !== undefined) {
      refused++;
      return Number(seconds);
    }
    failed(String(answer.status));
  } catch (error) {
    failed((error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
  return 1;
}

async function post(url: string, apiKey: string, body: string): Promise<HttpAnswer> {
  if (idle?.url !== url) idle = { url, connections: [] };
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const { connections } = idle;
  const connection = connections.pop() ?? new HttpConnection(url, headers);
  try {
    return await connection.request('POST', '/v1/orders', body);
  } finally {
    connections.push(connection);
  }
}

function failed(kind: string): void {
  failures[kind] = (failures[kind] ?? 0) + 1;
}

function counts(): Counts {
  const [oldest] = open.values();
  return {
    taken: sentAt.size,
    refused,
    open: open.size,
    oldestMs: oldest === undefined ? 0 : now() - oldest,
  };
}

function forget(): void {
  for (const each of [sentAt, open, heard]) each.clear();
  [refused, failures, course] = [0, {}, []];
}

function result(): Result {
  const known = [...sentAt].flatMap(([orderId, at]) => {
    const what = heard.get(orderId);
    return what ? [{ orderId, sentAt: at, ...what }] : [];
  });
  const confirmed = known.filter(({ isConfirmed }) => isConfirmed);
  return { ...counts(), cancelled: known.length - confirmed.length, orders: confirmed, course, failures };
}

async function work(job: ShopJob): Promise<ShopAnswer> {
  switch (job.do) {
    case 'open':
      setInterval(() => course.push(counts()), COURSE_MS).unref();
      return { port: await listen() };
    case 'order':
      await order(job);
      return { counts: counts() };
    case 'forget':
      forget();
      return {};
    case 'count':
      return { counts: counts() };
    case 'result':
      return { result: result() };
  }
}

serveJobs(work);
