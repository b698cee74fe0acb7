import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../systems/client.js';
import { readMetrics } from '../../systems/metrics.js';
import { cpuByRole } from '../measuring/roles.js';
import { Worker } from '../measuring/worker.js';
import { failuresText } from '../report/report.js';
import { percentile } from '../report/statistics.js';
import { BacklogCourse, type BacklogSample } from './backlog-course.js';
import { type Deployment, type Role, ROLES } from './deployment.js';
import type { Counts, Pace, ShopAnswer, ShopJob } from './shop.js';
import { SKUS, skuOf } from './skus.js';
import { stepTimes, type StepTimes } from './steps.js';

/** What came of a load, until its last order was confirmed or cancelled. */
export interface Run {
  readonly seconds: number;
  /** Orders that were acknowledged while the load lasted. */
  readonly taken: number;
  /** Requests answered with `503` and `Retry-After`. */
  readonly refused: number;
  readonly cancelled: number;
  /** Orders confirmed, and heard of, a second. */
  readonly perSecond: number;
  /** From the order sent to its `order.confirmed` in the log, in milliseconds. */
  readonly confirmed: Quantiles;
  /** The same to the subscriber who hears of it. */
  readonly heard: Quantiles;
  /** CPU microseconds of each role for one order. */
  readonly cpuMicros: Partial<Record<Role, number>>;
  /** Orders that were open halfway, and at the end. */
  readonly open: readonly [number, number];
  /** From the end of the load until no order was open, in milliseconds. */
  readonly drainMs: number;
  /** At each second, from the beginning of the load until no order was open. */
  readonly course: readonly Counts[];
  readonly backlog: readonly BacklogSample[];
  readonly isSteady: boolean;
  /** Where there is a steady rate to look into. */
  readonly steps: StepTimes | undefined;
  /** Why the numbers are worth nothing. */
  readonly void: string | undefined;
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

const HEARD_MS = 1_500;
const WARM_UP = { pace: { way: 'closed', customers: 4 }, ms: 8_000 } as const;
const RAMP_MS = 2_000;
/** For what is gathered before it is saved, and for the pace of commands to rise again. */
const CALM_MS = 3_000;
const DRAIN_MS = 300_000;
const POLL_MS = 100;
/** So much may be open more at the end than halfway, in seconds of orders: chance alone moves it as much. */
const SLACK_SECONDS = 0.25;
const SLACK = 10;
/** At a steady rate, every order is confirmed within that. */
const STEADY_MS = 3_000;
const SENDING = 'orderstream_process_commands_open';

/** A shop on a deployment: its stock, its subscriber, and its customers. */
export class Shift {
  private constructor(
    private readonly deployment: Deployment,
    private readonly shop: Worker<ShopJob, ShopAnswer>,
  ) {}

  static async begin(deployment: Deployment): Promise<Shift> {
    const shop = new Worker<ShopJob, ShopAnswer>(new URL('shop.ts', import.meta.url), {});
    const { port } = await shop.measure({ do: 'open' });
    const { apiKey, commands, subscriptions } = deployment;
    const stock = new Client(() => commands, apiKey);
    for (let index = 0; index < SKUS; index++)
      await expectStatus(stock.post(`/v1/stock/${skuOf(index)}/receipts`, { quantity: 1_000_000 }), 200);
    const subscription = {
      callbackUrl: `http://127.0.0.1:${port}/`,
      eventTypes: ['order.confirmed', 'order.cancelled'],
    };
    const subscriber = new Client(() => subscriptions, apiKey);
    await expectStatus(subscriber.post('/v1/webhook-subscriptions', subscription), 201);
    await sleep(HEARD_MS);
    const shift = new Shift(deployment, shop);
    await shift.#order(WARM_UP.pace, WARM_UP.ms);
    await shift.#drain();
    return shift;
  }

  end(): void {
    this.shop.stop();
  }

  /** @param inSteps looks how long each step took */
  async run(pace: Pace, seconds: number, inSteps = false): Promise<Run> {
    const isPaced = pace.way === 'paced';
    if (isPaced) await this.#order(pace, RAMP_MS);
    await this.shop.measure({ do: 'forget' });
    const backlog = new BacklogCourse(this.deployment);
    const before = cpuByRole(ROLES);
    const half = (seconds * 1_000) / 2;
    const { open: openHalfway } = await this.#order(pace, half);
    const { open: openAtEnd, taken, refused } = await this.#order(pace, half);
    const drainMs = await this.#drain();
    const after = cpuByRole(ROLES);
    const samples = await backlog.stop();
    const { result } = await this.shop.measure({ do: 'result' });
    if (!result) throw new Error('the shop has no result');
    const { orders, cancelled, course, open, failures } = result;
    const heardAt = orders.map((each) => each.heardAt);
    const perOrder = (role: Role): number => ((after[role] ?? 0) - (before[role] ?? 0)) / orders.length;
    const roles = (Object.keys(after) as Role[]).filter((role) => perOrder(role) > 0);
    const confirmed = quantilesOf(orders.map(({ sentAt, confirmedAt }) => confirmedAt - sentAt));
    const { queries, apiKey } = this.deployment;
    const failed = failuresText(failures);
    return {
      seconds,
      taken,
      refused,
      cancelled,
      perSecond: (orders.length * 1_000) / (Math.max(...heardAt) - Math.min(...heardAt)),
      confirmed,
      heard: quantilesOf(orders.map((each) => each.heardAt - each.sentAt)),
      cpuMicros: Object.fromEntries(roles.map((role) => [role, perOrder(role)])),
      open: [openHalfway, openAtEnd],
      drainMs,
      course: course.slice(0, Math.ceil(seconds + drainMs / 1_000)),
      backlog: samples,
      isSteady:
        isPaced &&
        refused === 0 &&
        confirmed.most <= STEADY_MS &&
        openAtEnd - openHalfway <= SLACK + pace.perSecond * SLACK_SECONDS,
      steps: inSteps ? await stepTimes(new Client(() => queries, apiKey), orders) : undefined,
      void: failed
        ? `orders failed: ${failed}`
        : open > 0
          ? `${open} orders were neither confirmed nor cancelled`
          : undefined,
    };
  }

  async #order(pace: Pace, ms: number): Promise<Counts> {
    const { commands: url, apiKey } = this.deployment;
    return countsIn(await this.shop.measure({ do: 'order', url, apiKey, pace, ms }));
  }

  /** Waits until no order is open, and the mails about it are sent. @returns how long an order was, in milliseconds */
  async #drain(): Promise<number> {
    const began = performance.now();
    let drainMs: number | undefined;
    while (performance.now() - began < DRAIN_MS) {
      const { open } = countsIn(await this.shop.measure({ do: 'count' }));
      if (open === 0) drainMs ??= performance.now() - began;
      const sending = (await readMetrics(this.deployment.processes.url)).get(SENDING) ?? 0;
      if (open === 0 && sending === 0) break;
      await sleep(POLL_MS);
    }
    await sleep(CALM_MS);
    return drainMs ?? performance.now() - began;
  }
}

function countsIn({ counts }: ShopAnswer): Counts {
  if (!counts) throw new Error('the shop has not counted');
  return counts;
}

function quantilesOf(times: readonly number[]): Quantiles {
  const sorted = Float64Array.from(times).toSorted();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), most: sorted.at(-1) ?? Number.NaN };
}

async function expectStatus(answer: Promise<{ readonly status: number }>, expected: number): Promise<void> {
  const { status } = await answer;
  if (status !== expected && status !== 201) throw new Error(`the shop was answered ${status}`);
}
