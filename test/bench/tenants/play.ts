/** `npm run bench tenants`: how long one tenant waits while another asks for too much. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../systems/client.js';
import { ORDER } from '../ingest/order.js';
import { productOn, type System } from '../latency/system.js';
import { type Place, Stage } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { beginReport, playRounds } from '../report/report.js';
import { Subscriptions } from '../webhooks/subscriptions.js';
import type { BystanderAnswer, BystanderJob } from './bystander.js';
import type { Target } from './connections.js';
import type { FloodAnswer, FloodJob } from './flood.js';
import type { Options } from './options.js';
import { layoutOf, type Run, type TenantsOutcome } from './report.js';
import {
  ORDERS_PER_SECOND,
  REQUESTS_PER_SECOND,
  type Scenario,
  type ScenarioName,
  SCENARIOS,
} from './scenarios.js';

const PACE = 20;
const HISTORY_ORDERS = 5_000;
const RAMP_MS = 5_000;
/** Dispatchers hear of new subscriptions within their poll. */
const HEARD_MS = 1_500;
const LIMITS = {
  RATE_LIMIT_ORDERS_PER_SECOND: String(ORDERS_PER_SECOND),
  RATE_LIMIT_REQUESTS_PER_SECOND: String(REQUESTS_PER_SECOND),
};

export async function play(options: Options, place: Place): Promise<void> {
  const report = beginReport(options, layoutOf(options));
  const stage = await Stage.prepare(place);
  const ground = new Ground(options, stage, productOn(stage, place, 'product'));
  const outcomes = options.scenarios.map(
    (name): TenantsOutcome => ({ contestant: { name, against: [] }, runs: [] }),
  );
  try {
    await place.step('filling the history of the other tenant', () => ground.fill());
    if (options.profile) return await ground.profile(options.scenarios.at(-1) ?? 'alone', place);
    await playRounds(outcomes, options.rounds, ({ name }, round) =>
      place.step(round, () => ground.run(SCENARIOS[name])),
    );
    report(outcomes);
  } finally {
    ground.stop();
  }
}

interface Watched {
  /** On top of the app's settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Looks into the app's process while it is measured. */
  readonly observe?: (pid: number, measuring: () => Promise<Run>) => Promise<Run>;
}

/** The product, and the two tenants. */
class Ground {
  readonly #bystander = new Worker<BystanderJob, BystanderAnswer>(
    new URL('bystander.ts', import.meta.url),
    {},
  );
  readonly #flood = new Worker<FloodJob, FloodAnswer>(new URL('flood.ts', import.meta.url), {});

  constructor(
    private readonly options: Options,
    private readonly stage: Stage,
    private readonly product: System,
  ) {}

  stop(): void {
    this.#bystander.stop();
    this.#flood.stop();
  }

  /** A fresh app, so that no run inherits what another has left to be done. */
  async run(
    { flood, slowEndpoints }: Scenario,
    { env = {}, observe = (_, measuring) => measuring() }: Watched = {},
  ): Promise<Run> {
    const app = await this.product.start({ ...(this.options.limited && LIMITS), ...env });
    try {
      const [calm, greedy] = (await Promise.all(
        ['calm', 'greedy'].map(async (tenant) => ({ url: app.url, apiKey: await this.stage.key(tenant) })),
      )) as [Target, Target];
      const subscriptions = [calm, greedy].map(({ url, apiKey }) => new Subscriptions(url, apiKey));
      const { port } = await this.#bystander.measure({ do: 'open' });
      await subscriptions[0]?.make([urlAt(port)]);
      if (slowEndpoints) await subscriptions[1]?.make(await this.#slowUrls(slowEndpoints));
      await sleep(HEARD_MS);
      const span = { rampMs: RAMP_MS, measuredMs: this.options.seconds * 1_000 };
      const run = await observe(app.pid, async () => {
        const [{ result: waits }, flooded] = await Promise.all([
          this.#bystander.measure({ do: 'order', perSecond: PACE, ...calm, ...span }),
          flood && this.#flood.measure({ do: 'flood', flood, ...greedy, ...span }),
        ]);
        if (!waits) throw new Error('the bystander has no result');
        return { waits, flooded: flooded?.result };
      });
      await Promise.all(subscriptions.map((each) => each.deleteAll()));
      return run;
    } finally {
      await app.stop();
    }
  }

  /** Streams of history need some. */
  async fill(): Promise<void> {
    const app = await this.product.start();
    const client = new Client(() => app.url, await this.stage.key('greedy'));
    const orders = Array.from({ length: 1_000 }, () => ORDER);
    for (let left = HISTORY_ORDERS; left > 0; left -= orders.length) {
      const { status } = await client.post('/v1/orders/batch', orders);
      if (status !== 200) throw new Error(`a batch was answered ${status}`);
    }
    await app.stop();
  }

  /** Only one process is looked into. */
  async profile(name: ScenarioName, place: Place): Promise<void> {
    const file = join(place.kept, 'tenants.cpuprofile');
    await this.run(SCENARIOS[name], {
      env: { ...profilerEnv(file), PROCESSES: '1' },
      observe: (pid, measuring) => profiled({ pid, file, place }, measuring),
    });
    await printProfile(name, file);
  }

  async #slowUrls({ count, answerMs }: { readonly count: number; readonly answerMs: number }) {
    const { ports = [] } = await this.#flood.measure({ do: 'open', endpoints: count, answerMs });
    return ports.map(urlAt);
  }
}

const urlAt = (port: number | undefined): string => `http://127.0.0.1:${port}/`;
