/** The tenant that asks for too much, and the endpoints that it lets wait. */
import { get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Span } from '../measuring/measurement.js';
import { serveHttp } from '../measuring/raw-http.js';
import { serveJobs } from '../measuring/worker.js';
import { Connections, type Target } from './connections.js';
import type { Flood } from './scenarios.js';

export type FloodJob =
  | { readonly do: 'open'; readonly endpoints: number; readonly answerMs: number }
  | ({ readonly do: 'flood'; readonly flood: Flood } & Target & Span);

export interface FloodAnswer {
  readonly ports?: readonly number[];
  readonly result?: Flooded;
}

export interface Flooded {
  readonly ordersPerSecond: number;
  /** Answers by status in the measured span. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Requests at a time; a customer who floods does not wait for answers, but sockets are no endless thing. */
const MOST_IN_FLIGHT = 256;
/** After a stream was refused. */
const AGAIN_MS = 20;

const openEndpoints = ({ endpoints, answerMs }: { endpoints: number; answerMs: number }) =>
  Promise.all(
    Array.from({ length: endpoints }, () =>
      serveHttp((_request, answer) => void setTimeout(() => answer('204 No Content'), answerMs)),
    ),
  );

class Course {
  readonly statuses: Record<string, number> = {};
  orders = 0;
  readonly #from: number;
  readonly #until: number;

  constructor({ rampMs, measuredMs }: Span) {
    this.#from = performance.now() + rampMs;
    this.#until = this.#from + measuredMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#until;
  }

  get leftMs(): number {
    return Math.max(0, this.#until - performance.now());
  }

  answered(status: string, orders = 0): void {
    if (performance.now() < this.#from || this.isOver) return;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.orders += orders;
  }
}

async function floodRequests(
  { perSecond, path, body, ordersEach }: Extract<Flood, { kind: 'requests' }>,
  target: Target,
  course: Course,
): Promise<void> {
  const connections = new Connections(target);
  let inFlight = 0;
  const send = async (): Promise<void> => {
    inFlight++;
    try {
      const { status } = await connections.request('POST', path, body);
      course.answered(String(status), status < 300 ? ordersEach : 0);
    } catch (error) {
      course.answered((error as NodeJS.ErrnoException).code ?? 'lost');
    }
    inFlight--;
  };
  for (let next = performance.now(); !course.isOver; next += 1_000 / perSecond) {
    const early = next - performance.now();
    if (early > 1) await sleep(early);
    if (inFlight < MOST_IN_FLIGHT) void send();
    else await sleep(1);
  }
  connections.close();
}

async function floodStreams(connections: number, { url, apiKey }: Target, course: Course): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const stream = async (): Promise<void> => {
    while (!course.isOver) {
      const wasTaken = await new Promise<boolean>((resolve) => {
        const request = get(`${url}/v1/events/stream?from=beginning`, { headers, agent: false }, (answer) => {
          course.answered(String(answer.statusCode));
          answer.resume().on('close', () => resolve(answer.statusCode === 200));
        });
        request.on('error', () => resolve(false));
        setTimeout(() => request.destroy(), course.leftMs);
      });
      if (!wasTaken) await sleep(AGAIN_MS);
    }
  };
  await Promise.all(Array.from({ length: connections }, stream));
}

async function flood(job: { readonly flood: Flood } & Target & Span): Promise<Flooded> {
  const course = new Course(job);
  if (job.flood.kind === 'requests') await floodRequests(job.flood, job, course);
  else await floodStreams(job.flood.connections, job, course);
  return { ordersPerSecond: (course.orders * 1_000) / job.measuredMs, statuses: course.statuses };
}

serveJobs(
  async (job: FloodJob): Promise<FloodAnswer> =>
    job.do === 'open' ? { ports: await openEndpoints(job) } : { result: await flood(job) },
);
