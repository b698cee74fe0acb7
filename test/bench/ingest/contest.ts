import { setTimeout as sleep } from 'node:timers/promises';
import { withCpu } from '../measuring/processes.js';
import type { HttpJob } from '../measuring/http-load.js';
import type { Measurement, Span } from '../measuring/measurement.js';
import { type AppPlan, AS_TYPESCRIPT, type Place, type RunningApp, type Stage } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import {
  ALL_TRACED,
  type App,
  type Contestant,
  type HttpTarget,
  TENTH_TRACED,
  type TracedApp,
  UNSEALED,
} from './contestants.js';
import type { RawJob } from './raw-appends.js';
import type { SpanSink } from './span-sink.js';

const PRODUCT_PROGRAM = 'dist/apps/command-api/src/main.js';

export const APPS: Readonly<Record<Exclude<App, TracedApp>, AppPlan>> = {
  'command-api': { title: 'command-api', program: PRODUCT_PROGRAM },
  'command-api, 1 partition': {
    title: 'command-api with 1 partition',
    program: PRODUCT_PROGRAM,
    partitions: 1,
  },
  [UNSEALED]: { title: UNSEALED, program: PRODUCT_PROGRAM, env: { PERSONAL_DATA_KEY: '' } },
  trivial: { title: 'trivial POST', program: 'test/bench/apps/trivial.ts', env: AS_TYPESCRIPT },
  emmett: { title: 'Emmett', program: 'test/bench/apps/emmett.ts', env: AS_TYPESCRIPT },
};

/** Answers of a route that the product does not have. */
const MISSING = [404, 405, 415];
/** Requests that one contestant leaves in flight must not burden the next. */
const PAUSE_MS = 300;
/** Load for an app that has just been started, whose code is not compiled yet. */
const FRESH_MS = 6_000;
/** Thousands of connections take their time to open. */
const RAMP_MS = (concurrency: number): number => (concurrency > 1_000 ? 3_000 : 1_000);

/** The product with tracing on. */
export const tracedApps = (sink: SpanSink): Readonly<Record<TracedApp, AppPlan>> => ({
  [TENTH_TRACED]: { title: TENTH_TRACED, program: PRODUCT_PROGRAM, env: sink.settings(0.1) },
  [ALL_TRACED]: { title: ALL_TRACED, program: PRODUCT_PROGRAM, env: sink.settings(1) },
});

/** Contestants that take their turns: one at a time, all others idle. */
export class Contest {
  readonly #load: Worker<HttpJob>;
  readonly #raw: Worker<RawJob>;
  /** The product on the common servers: two would share the partitions. */
  #product: RunningApp | undefined;
  #productTitle = '';

  constructor(
    private readonly stage: Stage,
    { addresses }: Place,
    private readonly apps: Readonly<Record<App, AppPlan>>,
  ) {
    this.#load = new Worker(new URL('../measuring/http-load.ts', import.meta.url), {});
    this.#raw = new Worker(new URL('raw-appends.ts', import.meta.url), addresses);
  }

  /** @returns why it cannot take part, if so. */
  async absence({ target }: Contestant): Promise<string | undefined> {
    if (!('app' in target)) return undefined;
    const { url, headers } = await this.#requestOf(target);
    const { status } = await fetch(url, { method: 'POST', headers, body: target.body });
    return MISSING.includes(status) ? `not there yet (${status})` : undefined;
  }

  async measure(contestant: Contestant, measuredMs: number): Promise<Measurement> {
    const { target, concurrency, eventsEach } = contestant;
    const span: Span = { rampMs: RAMP_MS(concurrency), measuredMs };
    await sleep(PAUSE_MS);
    if (!('app' in target)) {
      const job = { ...span, ...target, callers: concurrency, eventsEach };
      return withShare(this.#raw.pid, () => this.#raw.measure(job));
    }
    const before = this.#product;
    const { pid } = await this.#running(target.app);
    const request = await this.#requestOf(target);
    const job = { ...span, ...request, body: target.body, connections: concurrency, eventsEach };
    if (this.#product !== before) await this.#load.measure({ ...job, measuredMs: FRESH_MS });
    return withShare(pid, () => this.#load.measure(job));
  }

  stop(): void {
    this.#load.stop();
    this.#raw.stop();
  }

  async #requestOf({ app, path, contentType }: HttpTarget) {
    const { url, apiKey } = await this.#running(app);
    const authorization = `Bearer ${apiKey}`;
    return { url: `${url}${path}`, headers: { authorization, 'content-type': contentType } };
  }

  async #running(app: App): Promise<RunningApp> {
    const plan = this.apps[app];
    if (plan.program !== PRODUCT_PROGRAM || plan.partitions !== undefined) return this.stage.app(plan);
    if (this.#product && this.#productTitle !== plan.title) await this.#product.stop();
    this.#productTitle = plan.title;
    return (this.#product = await this.stage.app(plan));
  }
}

async function withShare(pid: number, run: () => Promise<Measurement>): Promise<Measurement> {
  const { result, cpuMicros } = await withCpu(pid, run);
  return { ...result, cpuMicros: cpuMicros && result.events > 0 ? cpuMicros / result.events : undefined };
}
