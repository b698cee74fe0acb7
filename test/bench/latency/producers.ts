import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Span } from '../measuring/measurement.js';
import { type HttpAnswer, HttpConnection } from '../measuring/raw-http.js';
import { OrderLife } from './order-life.js';
import { RequestLog } from './slow/request-log.js';

export type Pace =
  /** Each producer sends an event as soon as the one before is acknowledged. */
  | { readonly way: 'closed'; readonly producers: number }
  /** Sent in time, whether or not earlier ones are acknowledged, to so many streams by turns. */
  | { readonly way: 'paced'; readonly perSecond: number; readonly streams: number };

export interface Load extends Span {
  readonly url: string;
  readonly apiKey: string;
  readonly pace: Pace;
  /** Each of which gets every event. */
  readonly endpoints: number;
  /** Whether orders take steps, or are created only. */
  readonly steps: boolean;
  /** Whether to look how far the projections are behind in the end. */
  readonly queries: boolean;
  /** Whether measured requests carry the ids that join them with a trace of the app. */
  readonly traced: boolean;
}

interface LastOrder {
  readonly orderId: string;
  readonly at: number;
}

const RETRY_AFTER = /\r\nretry-after: *(\d+)/i;
const PARTITION = /\r\norderstream-position: *([^@\r]+)@/i;
const QUERY_EVERY_MS = 5;
const MOST_QUERY_MS = 120_000;
/** The time of an event that is not measured: no number. */
const UNMEASURED = '-'.repeat(18);

/** Customers who order, and what they are answered. */
export class Producers {
  acknowledged = 0;
  /** Answers that asked to come back later. */
  refused = 0;
  readonly failures: Record<string, number> = {};
  /** Milliseconds to each acknowledgement of what was sent in the measured span. */
  readonly times: number[] = [];
  /** Of the measured requests, if they are traced. */
  readonly log: RequestLog | undefined;

  readonly #from: number;
  readonly #until: number;
  readonly #connections: HttpConnection[] = [];
  readonly #idle: HttpConnection[] = [];
  /** By partition. */
  readonly #lastOrders = new Map<string, LastOrder>();

  constructor(private readonly load: Load) {
    this.#from = performance.now() + load.rampMs;
    this.#until = this.#from + load.measuredMs;
    this.log = load.traced ? new RequestLog() : undefined;
  }

  /** Until the end of the measured span, and all is answered. */
  async order(): Promise<void> {
    const { pace, steps } = this.load;
    if (pace.way === 'paced') return this.#atPace(pace.perSecond, pace.streams);
    await Promise.all(
      Array.from({ length: pace.producers }, () => this.#oneAfterTheOther(new OrderLife(steps))),
    );
  }

  /** Waits until the last order of each partition can be queried. @returns the longest that one took, in milliseconds */
  async untilQueried(): Promise<number> {
    const waits = [...this.#lastOrders.values()].map(async ({ orderId, at }) => {
      while (performance.now() - at < MOST_QUERY_MS) {
        const { status } = await this.#request((connection) =>
          connection.request('GET', `/v1/orders/${orderId}`),
        );
        if (status === 200) break;
        await sleep(QUERY_EVERY_MS);
      }
      return performance.now() - at;
    });
    return Math.max(...(await Promise.all(waits)));
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async #oneAfterTheOther(life: OrderLife): Promise<void> {
    while (performance.now() < this.#until) await this.#send(life);
  }

  async #atPace(perSecond: number, streams: number): Promise<void> {
    const lives = Array.from({ length: streams }, () => new OrderLife(this.load.steps));
    const sending = new Set<Promise<void>>();
    for (let next = performance.now(); next < this.#until; next += 1_000 / perSecond) {
      const early = next - performance.now();
      if (early > 0) await sleep(early);
      // One whose previous event is not acknowledged has its turn later.
      const life = lives.shift() ?? new OrderLife(this.load.steps);
      const sent = this.#send(life).finally(() => {
        lives.push(life);
        sending.delete(sent);
      });
      sending.add(sent);
    }
    await Promise.all(sending);
  }

  async #send(life: OrderLife): Promise<void> {
    const sentAt = performance.now();
    const isMeasured = sentAt >= this.#from;
    const { method, path, body } = life.request(
      isMeasured ? String(performance.timeOrigin + sentAt) : UNMEASURED,
    );
    const id = isMeasured ? this.log?.sent(method) : undefined;
    const headers = id === undefined ? '' : `x-request-id: ${id}\r\n`;
    try {
      const answer = await this.#request((connection) => connection.request(method, path, body, headers));
      if (answer.status < 300) {
        this.acknowledged++;
        if (isMeasured) this.times.push(performance.now() - sentAt);
        if (id !== undefined) this.log?.acknowledged(id);
        this.#note(life.succeeded(answer.body), answer);
        return;
      }
      if (answer.status === 503 && RETRY_AFTER.test(answer.head)) {
        this.refused++;
        await sleep(Number(RETRY_AFTER.exec(answer.head)?.[1]) * 1_000);
        return;
      }
      this.#failed(life, String(answer.status));
    } catch (error) {
      this.#failed(life, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
    }
  }

  async #request(send: (connection: HttpConnection) => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const connection = this.#idle.pop() ?? this.#connect();
    try {
      return await send(connection);
    } finally {
      this.#idle.push(connection);
    }
  }

  #connect(): HttpConnection {
    const { url, apiKey } = this.load;
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const connection = new HttpConnection(url, headers);
    this.#connections.push(connection);
    return connection;
  }

  #note(orderId: string, { head }: HttpAnswer): void {
    if (!this.load.queries) return;
    const [, partition] = PARTITION.exec(head) ?? [];
    if (partition) this.#lastOrders.set(partition, { orderId, at: performance.now() });
  }

  #failed(life: OrderLife, kind: string): void {
    life.failed();
    this.failures[kind] = (this.failures[kind] ?? 0) + 1;
  }
}
