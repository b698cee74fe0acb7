/** The endpoints, all in one process: takes deliveries, counts, and looks whether each order's events are in order. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { serveJobs } from '../measuring/worker.js';
import { Arrivals, type EndpointCount, type Times } from './arrivals.js';

export type ReceiverJob =
  /** Opens endpoints, each an origin of its own. */
  | { readonly do: 'open'; readonly endpoints: number }
  /** Forgets what came before. */
  | { readonly do: 'begin' }
  | { readonly do: 'count' }
  | { readonly do: 'result' };

export interface ReceiverAnswer {
  readonly ports?: readonly number[];
  /** Events that came for the first time, over all endpoints. */
  readonly events?: number;
  readonly result?: Received;
}

export interface Received {
  readonly endpoints: readonly EndpointCount[];
  /** Latency of events sent while it counted, in milliseconds. */
  readonly latency: Times;
  /** CPU time of this process since it began to count, and the time itself, in microseconds. */
  readonly cpuMicros: number;
  readonly tookMicros: number;
}

const KEEP_ALIVE_MS = 60_000;

const ports: number[] = [];
let arrivals = new Arrivals();
let cpu = process.cpuUsage();
let began = performance.now();

async function open(endpoints: number): Promise<void> {
  while (ports.length < endpoints) {
    const index = ports.length;
    const server = createServer((request, response) => void take(index, request, response));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    ports.push((server.address() as AddressInfo).port);
  }
}

/** `/slow/<ms>` takes its time, `/hang` never answers, `/uncounted` is for what runs beside. */
async function take(endpoint: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const [, way, ms] = (request.url ?? '').split('/');
  if (way === 'hang') return;
  if (way === 'slow') setTimeout(() => response.writeHead(204).end(), Number(ms));
  else {
    if (way !== 'uncounted')
      arrivals.take(endpoint, request.headers, body, performance.timeOrigin + performance.now());
    response.writeHead(204).end();
  }
}

async function work(job: ReceiverJob): Promise<ReceiverAnswer> {
  switch (job.do) {
    case 'open':
      await open(job.endpoints);
      return { ports: ports.slice(0, job.endpoints) };
    case 'begin':
      arrivals = new Arrivals();
      cpu = process.cpuUsage();
      began = performance.now();
      return {};
    case 'count':
      return { events: arrivals.events };
    case 'result': {
      const { user, system } = process.cpuUsage(cpu);
      const tookMicros = (performance.now() - began) * 1_000;
      return { result: { ...arrivals.result(), cpuMicros: user + system, tookMicros } };
    }
  }
}

serveJobs(work);
