/** Those who order, and the endpoints they hear from: both in one process, so that one clock measures. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveHttp } from '../measuring/raw-http.js';
import { serveJobs } from '../measuring/worker.js';
import { Arrivals, type Times, timesOf } from '../webhooks/arrivals.js';
import { type Load, Producers } from './producers.js';
import type { RequestLog, SentRequest } from './slow/request-log.js';

export type LoadJob = { readonly do: 'open'; readonly endpoints: number } | ({ readonly do: 'order' } & Load);

export interface LoadAnswer {
  readonly ports?: readonly number[];
  readonly loaded?: Loaded;
}

/** What came of a load. Orders, here, are events that were acknowledged. */
export interface Loaded {
  readonly takenPerSecond: number;
  readonly deliveredPerSecond: number;
  /** From the beginning of the measured span until all was delivered. */
  readonly orders: number;
  readonly deliveries: number;
  /** From the request to its acknowledgement, and to the arrival at an endpoint; of what was sent in the measured span. */
  readonly acknowledged: Times;
  readonly webhooks: Times;
  /** From the last acknowledgement to the last delivery. */
  readonly drainMs: number;
  /** From the last acknowledgement of a partition until its order could be queried: the longest. */
  readonly behindMs: number | undefined;
  /** Answers that asked to come back later. */
  readonly refused: number;
  /** The share of one core that this process took in the measured span. */
  readonly share: number;
  /** Those of the measured span, if they are traced. */
  readonly requests?: readonly SentRequest[] | undefined;
  /** Why it is worth nothing. */
  readonly void: string | undefined;
}

const SILENCE_MS = 30_000;
/** For wrong repeats to arrive. */
const SETTLE_MS = 300;
const POLL_MS = 10;

const ports: number[] = [];
let arrivals = new Arrivals();
let log: RequestLog | undefined;

async function open(endpoints: number): Promise<readonly number[]> {
  while (ports.length < endpoints) {
    const endpoint = ports.length;
    const port = await serveHttp((request, answer) => {
      const now = performance.timeOrigin + performance.now();
      log?.arrived(request.head);
      answer('204 No Content');
      arrivals.take(endpoint, {}, request.body, now);
    });
    ports.push(port);
  }
  return ports.slice(0, endpoints);
}

async function order(load: Load): Promise<Loaded> {
  arrivals = new Arrivals();
  const producers = new Producers(load);
  log = producers.log;
  const { rampMs, measuredMs } = load;
  const ordering = producers.order();
  await sleep(rampMs);
  const [atStart, cpu] = [counts(producers), process.cpuUsage()];
  await sleep(measuredMs);
  const [atEnd, { user, system }] = [counts(producers), process.cpuUsage(cpu)];
  await ordering;
  const lastAcknowledgedAt = performance.now();
  const [lastArrivalAt, behindMs] = await Promise.all([
    arrivalOf(producers.acknowledged * load.endpoints),
    load.queries ? producers.untilQueried() : undefined,
  ]);
  const seconds = (atEnd.at - atStart.at) / 1_000;
  const { endpoints, latency } = arrivals.result();
  producers.close();
  return {
    takenPerSecond: (atEnd.acknowledged - atStart.acknowledged) / seconds,
    deliveredPerSecond: (atEnd.arrived - atStart.arrived) / seconds,
    orders: producers.acknowledged - atStart.acknowledged,
    deliveries: arrivals.events - atStart.arrived,
    acknowledged: timesOf(producers.times),
    webhooks: latency,
    drainMs: Math.max(0, lastArrivalAt - lastAcknowledgedAt),
    behindMs,
    refused: producers.refused,
    share: (user + system) / 1_000 / (atEnd.at - atStart.at),
    requests: log?.requests,
    void: faultIn(producers, endpoints, load.endpoints),
  };
}

const counts = (producers: Producers) => ({
  at: performance.now(),
  acknowledged: producers.acknowledged,
  arrived: arrivals.events,
});

/** Waits until that many events have arrived, or none does any more. @returns when the last one did */
async function arrivalOf(events: number): Promise<number> {
  let [last, at] = [-1, performance.now()];
  while (arrivals.events < events && performance.now() - at < SILENCE_MS) {
    if (arrivals.events > last) [last, at] = [arrivals.events, performance.now()];
    await sleep(POLL_MS);
  }
  if (events > 0) await sleep(SETTLE_MS);
  return at;
}

/** Every event must have come to every endpoint once, and those of an order in its order. */
function faultIn(
  { acknowledged, failures }: Producers,
  seen: ReturnType<Arrivals['result']>['endpoints'],
  endpoints: number,
): string | undefined {
  const faults = Object.entries(failures).map(([kind, count]) => `failed: ${kind} × ${count}`);
  const expect = (what: string, found: number, expected: number) => {
    if (found !== expected) faults.push(`${what} ${found}, not ${expected}`);
  };
  for (let index = 0; index < endpoints; index++) {
    const { events = 0, repeats = 0, disordered = 0 } = seen.find(({ endpoint }) => endpoint === index) ?? {};
    expect('received', events, acknowledged);
    expect('repeated', repeats, 0);
    expect('out of order', disordered, 0);
  }
  return faults.length > 0 ? faults.join('; ') : undefined;
}

serveJobs(async (job: LoadJob): Promise<LoadAnswer> => {
  if (job.do === 'open') return { ports: await open(job.endpoints) };
  return { loaded: await order(job) };
});
