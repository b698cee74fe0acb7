/** Clients that order: at a pace, each as fast as it is answered, or a given number at once to fill the log. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Span } from '../measuring/measurement.js';
import { serveJobs } from '../measuring/worker.js';
import { ORDER } from '../ingest/order.js';
import { type Times, timesOf } from './arrivals.js';

interface Target {
  readonly url: string;
  readonly apiKey: string;
}

export type Load =
  | { readonly way: 'paced'; readonly perSecond: number }
  /** Each creates an order, takes it some steps further, and begins with the next one. */
  | { readonly way: 'closed'; readonly producers: number };

export type Production = (Load & Span) | { readonly way: 'fill'; readonly events: number };

export type ProducerJob = Target & Production;

export interface Produced {
  /** Events that were acknowledged. */
  readonly events: number;
  /** To the acknowledgement. */
  readonly times: Times;
  readonly failures: Readonly<Record<string, number>>;
}

const STEPS = ['confirmed', 'shipped'];
const CONNECTIONS = 64;
const BATCH = 1_000;
const BATCHES_IN_FLIGHT = 4;

class Producers {
  readonly #pool: Pool;
  readonly #times: number[] = [];
  readonly #failures: Record<string, number> = {};
  #events = 0;
  /** Only what is sent from then on says when it was. */
  #measuredFrom = 0;

  constructor(private readonly target: Target) {
    this.#pool = new Pool(new URL(target.url).origin, { connections: CONNECTIONS });
  }

  async produce(job: ProducerJob): Promise<Produced> {
    if (job.way === 'fill') await this.#fill(job.events);
    else {
      const began = performance.now();
      this.#measuredFrom = began + job.rampMs;
      const until = this.#measuredFrom + job.measuredMs;
      if (job.way === 'closed') {
        await Promise.all(Array.from({ length: job.producers }, () => this.#live(until)));
      } else await this.#atPace(job.perSecond, began, until);
    }
    await this.#pool.close();
    return { events: this.#events, times: timesOf(this.#times), failures: this.#failures };
  }

  async #live(until: number): Promise<void> {
    while (performance.now() < until) {
      const orderId = await this.#create();
      for (const status of orderId ? STEPS : []) {
        await this.#send('PATCH', `/v1/orders/${orderId}/status`, (reason) => ({
          status,
          ...(reason && { reason }),
        }));
      }
    }
  }

  /** Does not wait for answers: a client that did would send less just when the product is slow. */
  async #atPace(perSecond: number, began: number, until: number): Promise<void> {
    const sent: Promise<unknown>[] = [];
    for (let next = began; next < until; next += 1_000 / perSecond) {
      const early = next - performance.now();
      if (early > 0) await sleep(early);
      sent.push(this.#create());
    }
    await Promise.all(sent);
  }

  async #create(): Promise<string | undefined> {
    const made = await this.#send('POST', '/v1/orders', (sentAt) => ({
      ...ORDER,
      metadata: { ...ORDER.metadata, ...(sentAt && { sentAt }) },
    }));
    return made?.orderId;
  }

  async #send(
    method: 'POST' | 'PATCH',
    path: string,
    body: (sentAt: string | undefined) => object,
  ): Promise<{ readonly orderId: string } | undefined> {
    const now = performance.now();
    const isMeasured = now >= this.#measuredFrom;
    const sentAt = isMeasured ? String(performance.timeOrigin + now) : undefined;
    const answer = await this.#request(method, path, JSON.stringify(body(sentAt)), 'application/json');
    if (answer === undefined) return undefined;
    if (isMeasured) this.#times.push(performance.now() - now);
    this.#events++;
    return JSON.parse(answer) as { orderId: string };
  }

  async #fill(events: number): Promise<void> {
    let left = events;
    const fillOn = async () => {
      while (left > 0) {
        const size = Math.min(left, BATCH);
        left -= size;
        const body = Array.from({ length: size }, () => JSON.stringify(ORDER)).join('\n');
        const answer = await this.#request('POST', '/v1/orders/batch', body, 'application/x-ndjson');
        const { results } = JSON.parse(answer ?? '{"results":[]}') as { results: { status: number }[] };
        this.#events += results.filter(({ status }) => status === 201).length;
      }
    };
    await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, fillOn));
  }

  async #request(
    method: 'POST' | 'PATCH',
    path: string,
    body: string,
    type: string,
  ): Promise<string | undefined> {
    const headers = { authorization: `Bearer ${this.target.apiKey}`, 'content-type': type };
    try {
      const answer = await this.#pool.request({ method, path, headers, body });
      const text = await answer.body.text();
      if (answer.statusCode < 300) return text;
      this.#failed(String(answer.statusCode));
    } catch (error) {
      this.#failed((error as NodeJS.ErrnoException).code ?? (error as Error).message);
    }
    return undefined;
  }

  #failed(kind: string): void {
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1;
  }
}

serveJobs((job: ProducerJob) => new Producers(job).produce(job));
