/** `npm run bench tenants`: how long one tenant waits while another asks for too much. */
import { setTimeout as sleep } from 'node:timers/promises';
import { productOn, type System } from '../latency/system.js';
import { type Place, Stage } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import { beginReport, playRounds } from '../report/report.js';
import { Subscriptions } from '../webhooks/subscriptions.js';
import type { BystanderAnswer, BystanderJob } from './bystander.js';
import type { Target } from './connections.js';
import type { FloodAnswer, FloodJob } from './flood.js';
import type { Options } from './options.js';
import { layoutOf, type Run, type TenantsOutcome } from './report.js';
import { ORDERS_PER_SECOND, REQUESTS_PER_SECOND, type Scenario, SCENARIOS } from './scenarios.js';

const PACE = 20;
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
    await playRounds(outcomes, options.rounds, ({ name }, round) =>
      place.step(round, () => ground.run(SCENARIOS[name])),
    );
    report(outcomes);
  } finally {
    ground.stop();
  }
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
  async run({ flood, slowEndpoints }: Scenario): Promise<Run> {
    const app = await this.product.start(this.options.limited ? LIMITS : {});
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
      const [{ result: waits }, flooded] = await Promise.all([
        this.#bystander.measure({ do: 'order', perSecond: PACE, ...calm, ...span }),
        flood && this.#flood.measure({ do: 'flood', flood, ...greedy, ...span }),
      ]);
      await Promise.all(subscriptions.map((each) => each.deleteAll()));
      if (!waits) throw new Error('the bystander has no result');
      return { waits, flooded: flooded?.result };
    } finally {
      await app.stop();
    }
  }

  async #slowUrls({ count, answerMs }: { readonly count: number; readonly answerMs: number }) {
    const { ports = [] } = await this.#flood.measure({ do: 'open', endpoints: count, answerMs });
    return ports.map(urlAt);
  }
}

const urlAt = (port: number | undefined): string => `http://127.0.0.1:${port}/`;
