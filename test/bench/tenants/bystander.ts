/** The tenant that is measured: orders at a pace, reads each order at once, and takes its webhook, all in one process. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDER } from '../ingest/order.js';
import type { Span } from '../measuring/measurement.js';
import { serveHttp } from '../measuring/raw-http.js';
import { serveJobs } from '../measuring/worker.js';
import { Arrivals, type Times, timesOf } from '../webhooks/arrivals.js';
import { Connections, type Target } from './connections.js';

export type BystanderJob =
  | { readonly do: 'open' }
  | ({ readonly do: 'order'; readonly perSecond: number } & Target & Span);

export interface BystanderAnswer {
  readonly port?: number;
  readonly result?: Waits;
}

/** In milliseconds, of what was sent in the measured span. */
export interface Waits {
  /** To the acknowledgement of an order. */
  readonly orders: Times;
  /** To the answer of a query that waits for the order it asks for. */
  readonly queries: Times;
  /** From the order to its webhook. */
  readonly webhooks: Times;
  /** Answers other than a success, by status, and webhooks that are missing. */
  readonly failures: Readonly<Record<string, number>>;
}

const POSITION = /\r\n(orderstream-position: *[^\r]+)/i;
const SILENCE_MS = 20_000;
const POLL_MS = 10;

let arrivals = new Arrivals();

const open = (): Promise<number> =>
  serveHttp((request, answer) => {
    const now = performance.timeOrigin + performance.now();
    answer('204 No Content');
    arrivals.take(0, {}, request.body, now);
  });

class Bystander {
  readonly orders: number[] = [];
  readonly queries: number[] = [];
  readonly failures: Record<string, number> = {};
  taken = 0;
  readonly #connections: Connections;

  constructor(target: Target) {
    this.#connections = new Connections(target);
  }

  async order(isMeasured: boolean): Promise<void> {
    const sentAt = performance.now();
    const at = isMeasured ? { sentAt: String(performance.timeOrigin + sentAt) } : {};
    const body = JSON.stringify({ ...ORDER, metadata: { ...ORDER.metadata, ...at } });
    const answer = await this.#connections.request('POST', '/v1/orders', body);
    if (answer.status !== 201) return this.failed(`order ${answer.status}`);
    this.taken++;
    const takenAt = performance.now();
    if (isMeasured) this.orders.push(takenAt - sentAt);
    const { orderId } = JSON.parse(answer.body) as { readonly orderId: string };
    const position = `${POSITION.exec(answer.head)?.[1]}\r\nprefer: wait=10\r\n`;
    const read = await this.#connections.request('GET', `/v1/orders/${orderId}`, '', position);
    if (read.status !== 200) this.failed(`query ${read.status}`);
    else if (isMeasured) this.queries.push(performance.now() - takenAt);
  }

  failed(kind: string): void {
    this.failures[kind] = (this.failures[kind] ?? 0) + 1;
  }

  close(): void {
    this.#connections.close();
  }
}

async function order(job: { readonly perSecond: number } & Target & Span): Promise<Waits> {
  arrivals = new Arrivals();
  const bystander = new Bystander(job);
  const began = performance.now();
  const until = began + job.rampMs + job.measuredMs;
  const all: Promise<void>[] = [];
  for (let next = began; next < until; next += 1_000 / job.perSecond) {
    await sleep(Math.max(0, next - performance.now()));
    all.push(
      bystander
        .order(next >= began + job.rampMs)
        .catch((error: NodeJS.ErrnoException) => bystander.failed(error.code ?? error.message)),
    );
  }
  await Promise.all(all);
  for (let last = -1, at = performance.now(); arrivals.events < bystander.taken; await sleep(POLL_MS)) {
    if (arrivals.events > last) [last, at] = [arrivals.events, performance.now()];
    else if (performance.now() - at > SILENCE_MS) break;
  }
  for (let missing = bystander.taken - arrivals.events; missing > 0; missing--)
    bystander.failed('webhook missing');
  bystander.close();
  const { orders, queries, failures } = bystander;
  return {
    orders: timesOf(orders),
    queries: timesOf(queries),
    webhooks: arrivals.result().latency,
    failures,
  };
}

serveJobs(
  async (job: BystanderJob): Promise<BystanderAnswer> =>
    job.do === 'open' ? { port: await open() } : { result: await order(job) },
);
