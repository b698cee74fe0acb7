import { setTimeout as sleep } from 'node:timers/promises';
import type { Span } from '../measuring/measurement.js';
import { cpuByRole, type MemoryCourse, memoryByRole, MemoryOfRoles, type Roles } from '../measuring/roles.js';
import type { RunningApp } from '../measuring/stage.js';
import type { Worker } from '../measuring/worker.js';
import { Subscriptions } from '../webhooks/subscriptions.js';
import type { LoadAnswer, Loaded, LoadJob } from './load.js';
import { IDLE_SECONDS, type Plan, PLANS, type Scenario } from './scenarios.js';
import type { Role, System } from './system.js';

export type ByRole = Partial<Record<Role, number>>;

/** What a contestant is run in. */
export interface Setting {
  readonly scenario: Scenario;
  readonly system: System;
  /** Whether the system has the product's read models. */
  readonly queries: boolean;
}

/** One run of one contestant. */
export interface Run {
  readonly loaded?: Omit<Loaded, 'void'>;
  /** CPU time in microseconds, from the beginning of the measured span until all was delivered. */
  readonly cpuMicros?: ByRole;
  /** In MiB. */
  readonly memory?: MemoryCourse<Role>;
  readonly idle?: { readonly before: Idleness; readonly after: Idleness };
  /** Why it is worth nothing. */
  readonly void: string | undefined;
}

export interface Idleness {
  /** The share of one core. */
  readonly share: ByRole;
  readonly mib: ByRole;
}

export type LoadWorker = Worker<LoadJob, LoadAnswer>;

/** Code gets compiled, caches fill. */
const WARM_UP = { pace: { way: 'closed', producers: 8 }, rampMs: 0, measuredMs: 5_000 } as const;
/** Dispatchers hear of new subscriptions within their poll. */
const HEARD_MS = 1_500;
const RAMP_MS = 2_000;
/** For what a load leaves to be done. */
const CALM_MS = 5_000;

interface RunOptions {
  /** Measured; as the scenario has it by default. */
  readonly seconds?: number | undefined;
  /** On top of the app's settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the load program reports each measured request. */
  readonly traced?: boolean;
  /** Looks into the app's process while it is measured. */
  readonly observe?: (pid: number, measuring: () => Promise<Run>) => Promise<Run>;
}

/** Starts the contestant's app, warms it up, and measures it. */
export async function runOf(
  { scenario, system, queries }: Setting,
  load: LoadWorker,
  { seconds, env, traced = false, observe = (_, measuring) => measuring() }: RunOptions = {},
): Promise<Run> {
  const app = await system.start(env);
  const subject = new Subject(app, system.roles as Roles<Role>, load);
  const plan = scenario === 'idle' ? PLANS.eight : PLANS[scenario];
  try {
    return await subject.subscribed(plan.endpoints, async () => {
      if (scenario === 'idle') return observe(app.pid, () => subject.idle(seconds ?? IDLE_SECONDS));
      const chosen = { ...plan, queries: plan.queries && queries };
      const warm = await subject.order({ ...chosen, ...WARM_UP });
      if (warm.void) return warm;
      await sleep(RAMP_MS);
      const measuredMs = (seconds ?? plan.seconds) * 1_000;
      return observe(app.pid, () => subject.order({ ...chosen, rampMs: RAMP_MS, measuredMs, traced }));
    });
  } finally {
    await app.stop();
  }
}

/** An app under load. */
class Subject {
  constructor(
    private readonly app: RunningApp,
    private readonly roles: Roles<Role>,
    private readonly load: LoadWorker,
  ) {}

  /** Before a load, and after it. */
  async idle(seconds: number): Promise<Run> {
    const before = await this.#idleFor(seconds);
    const { void: fault } = await this.order({ ...PLANS.eight, ...WARM_UP });
    return { idle: { before, after: await this.#idleFor(seconds) }, void: fault };
  }

  async subscribed(endpoints: number, work: () => Promise<Run>): Promise<Run> {
    const subscriptions = new Subscriptions(this.app.url, this.app.apiKey);
    const { ports = [] } = await this.load.measure({ do: 'open', endpoints });
    try {
      await subscriptions.make(ports.map((port) => `http://127.0.0.1:${port}/`));
      await sleep(HEARD_MS);
      return await work();
    } finally {
      await subscriptions.deleteAll();
    }
  }

  async order(plan: Omit<Plan, 'seconds' | 'once'> & Span & { traced?: boolean }): Promise<Run> {
    const { url, apiKey } = this.app;
    const { pace, endpoints, steps, queries, rampMs, measuredMs, traced = false } = plan;
    const job = { pace, endpoints, steps, queries, rampMs, measuredMs, traced, url, apiKey };
    const loading = this.load.measure({ do: 'order', ...job });
    await sleep(rampMs);
    const before = cpuByRole(this.roles);
    const memory = new MemoryOfRoles(this.roles);
    const { loaded } = await loading;
    const cpuMicros = difference(cpuByRole(this.roles), before);
    if (!loaded) throw new Error('the load has no result');
    const { void: fault, ...figures } = loaded;
    return { loaded: figures, cpuMicros, memory: memory.stop(), void: fault };
  }

  async #idleFor(seconds: number): Promise<Idleness> {
    await sleep(CALM_MS);
    const [before, began] = [cpuByRole(this.roles), performance.now()];
    await sleep(seconds * 1_000);
    const tookMicros = (performance.now() - began) * 1_000;
    const used = Object.entries(difference(cpuByRole(this.roles), before)) as [Role, number][];
    const share = Object.fromEntries(used.map(([role, micros]) => [role, micros / tookMicros]));
    return { share, mib: memoryByRole(this.roles) };
  }
}

const difference = (after: ByRole, before: ByRole): ByRole =>
  Object.fromEntries(
    (Object.entries(after) as [Role, number][]).map(([role, micros]) => [role, micros - (before[role] ?? 0)]),
  );
