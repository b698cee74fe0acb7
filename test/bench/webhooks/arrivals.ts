import type { IncomingHttpHeaders } from 'node:http';
import { percentile } from '../report/statistics.js';

export interface EndpointCount {
  readonly endpoint: number;
  readonly requests: number;
  /** Without repeats. */
  readonly events: number;
  readonly repeats: number;
  /** Events of an order that came before an earlier one of it. */
  readonly disordered: number;
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Times {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Body {
  readonly version: number;
  readonly data: {
    readonly orderId: string;
    readonly reason?: string;
    readonly metadata?: Readonly<Record<string, string>>;
  };
}

class Endpoint {
  requests = 0;
  events = 0;
  repeats = 0;
  disordered = 0;
  firstAt = 0;
  lastAt = 0;
  /** The version that each order has come to. */
  readonly versions = new Map<string, number>();
}

/** Counts what comes. The events of an order are numbered from 1: so the next number is all that it has to know. */
export class Arrivals {
  readonly #endpoints = new Map<number, Endpoint>();
  readonly #latencies: number[] = [];
  #events = 0;

  get events(): number {
    return this.#events;
  }

  take(index: number, headers: IncomingHttpHeaders, body: string, now: number): void {
    const endpoint = this.#endpoints.get(index) ?? new Endpoint();
    this.#endpoints.set(index, endpoint);
    endpoint.requests++;
    endpoint.firstAt ||= now;
    endpoint.lastAt = now;
    const parsed = JSON.parse(body) as Body | { readonly events: readonly Body[] };
    const replay = String(headers['orderstream-replay'] ?? '');
    for (const event of 'events' in parsed ? parsed.events : [parsed]) {
      this.#takeEvent(endpoint, `${replay}${event.data.orderId}`, event, now);
    }
  }

  result(): { readonly endpoints: readonly EndpointCount[]; readonly latency: Times } {
    const endpoints = [...this.#endpoints].map(([endpoint, { versions: _, ...counts }]) => ({
      endpoint,
      ...counts,
    }));
    return { endpoints, latency: timesOf(this.#latencies) };
  }

  #takeEvent(endpoint: Endpoint, order: string, { version, data }: Body, now: number): void {
    const last = endpoint.versions.get(order) ?? 0;
    if (version <= last) {
      endpoint.repeats++;
      return;
    }
    if (version > last + 1) endpoint.disordered++;
    endpoint.versions.set(order, version);
    endpoint.events++;
    this.#events++;
    // The time may be the first word of a reason.
    const sentAt = Number.parseFloat(data.metadata?.sentAt ?? data.reason ?? '');
    if (sentAt > 0) this.#latencies.push(now - sentAt);
  }
}

export function timesOf(values: readonly number[]): Times {
  const sorted = Float64Array.from(values).toSorted();
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(sorted, share)) as [
    number,
    number,
    number,
  ];
  return { count: sorted.length, p50, p99, max };
}
