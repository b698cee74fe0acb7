import { setTimeout as sleep } from 'node:timers/promises';
import { withCpu } from '../measuring/processes.js';
import type { HttpJob } from '../measuring/http-load.js';
import type { Measurement, Span } from '../measuring/measurement.js';
import { type AppPlan, AS_TYPESCRIPT, type Place, type Stage } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import type { App, Contestant, HttpTarget } from './contestants.js';
import type { RawJob } from './raw-appends.js';

const PRODUCT_PROGRAM = 'dist/apps/command-api/src/main.js';

export const APPS: Readonly<Record<App, AppPlan>> = {
  'command-api': { title: 'command-api', program: PRODUCT_PROGRAM },
  'command-api, 1 partition': {
    title: 'command-api with 1 partition',
    program: PRODUCT_PROGRAM,
    partitions: 1,
  },
  trivial: { title: 'trivial POST', program: 'test/bench/apps/trivial.ts', env: AS_TYPESCRIPT },
  emmett: { title: 'Emmett', program: 'test/bench/apps/emmett.ts', env: AS_TYPESCRIPT },
};

/** Answers of a route that the product does not have. */
const MISSING = [404, 405, 415];
/** Requests that one contestant leaves in flight must not burden the next. */
const PAUSE_MS = 300;
/** Thousands of connections take their time to open. */
const RAMP_MS = (concurrency: number): number => (concurrency > 1_000 ? 3_000 : 1_000);

/** Contestants that take their turns: one at a time, all others idle. */
export class Contest {
  readonly #load: Worker<HttpJob>;
  readonly #raw: Worker<RawJob>;

  constructor(
    private readonly stage: Stage,
    { addresses }: Place,
    private readonly apps: Readonly<Record<App, AppPlan>> = APPS,
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
    const { pid } = await this.stage.app(this.apps[target.app]);
    const request = await this.#requestOf(target);
    const job = { ...span, ...request, body: target.body, connections: concurrency, eventsEach };
    return withShare(pid, () => this.#load.measure(job));
  }

  stop(): void {
    this.#load.stop();
    this.#raw.stop();
  }

  async #requestOf({ app, path, contentType }: HttpTarget) {
    const { url, apiKey } = await this.stage.app(this.apps[app]);
    const authorization = `Bearer ${apiKey}`;
    return { url: `${url}${path}`, headers: { authorization, 'content-type': contentType } };
  }
}

async function withShare(pid: number, run: () => Promise<Measurement>): Promise<Measurement> {
  const { result, cpuMicros } = await withCpu(pid, run);
  return { ...result, cpuMicros: cpuMicros && result.events > 0 ? cpuMicros / result.events : undefined };
}
