import { percentile } from '../report/statistics.js';

export interface Measurement {
  /** Events, not requests. */
  readonly perSecond: number;
  /** Latency of requests, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Events in the whole run, beyond what was measured too. */
  readonly events: number;
  /** Failures by kind. One voids the number: fast refusals are no throughput. */
  readonly failures: Readonly<Record<string, number>>;
  /** CPU time of the process under test for one event, in microseconds; where the system tells it. */
  readonly cpuMicros?: number | undefined;
}

export interface Span {
  /** Run, but not counted: connections open, code warms up. */
  readonly rampMs: number;
  readonly measuredMs: number;
}

/** Counts what ends within the measured part of a run. */
export class MeasuredWindow {
  readonly #from: number;
  readonly #until: number;
  readonly #durations: number[] = [];
  readonly #failures: Record<string, number> = {};
  #requests = 0;

  constructor(
    { rampMs, measuredMs }: Span,
    private readonly eventsEach: number,
  ) {
    this.#from = performance.now() + rampMs;
    this.#until = this.#from + measuredMs;
  }

  get over(): boolean {
    return performance.now() >= this.#until;
  }

  succeeded(durationMs: number): void {
    this.#requests++;
    const now = performance.now();
    if (now >= this.#from && now < this.#until) this.#durations.push(durationMs);
  }

  failed(kind: string): void {
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1;
  }

  result(): Measurement {
    const sorted = this.#durations.toSorted((a, b) => a - b);
    return {
      perSecond: (sorted.length * this.eventsEach * 1_000) / (this.#until - this.#from),
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      events: this.#requests * this.eventsEach,
      failures: this.#failures,
    };
  }
}
