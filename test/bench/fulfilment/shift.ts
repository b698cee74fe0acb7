import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../systems/client.js';
import { readMetrics } from '../../systems/metrics.js';
import { cpuByRole } from '../measuring/roles.js';
import { Worker } from '../measuring/worker.js';
import { failuresText } from '../report/report.js';
import { percentile } from '../report/statistics.js';
import { type Deployment, type Role, ROLES } from './deployment.js';
import type { ShopAnswer, ShopJob } from './shop.js';
import { SKUS, skuOf } from './skus.js';
import { stepTimes, type StepTimes } from './steps.js';

/** One run at one rate. */
export interface Run {
  /** Orders confirmed, and heard of, a second. */
  readonly perSecond: number;
  /** From the order sent to the confirmation heard of, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds of each role for one order. */
  readonly cpuMs: Partial<Record<Role, number>>;
  readonly steps: StepTimes;
  /** Processes that were open halfway, and at the end. */
  readonly open: readonly [number, number];
  readonly isSteady: boolean;
  /** Why the numbers are worth nothing. */
  readonly void: string | undefined;
}

const HEARD_MS = 1_500;
const RAMP_MS = 2_000;
const DRAIN_MS = 120_000;
const POLL_MS = 100;
/** So much may be open more at the end than halfway, in seconds of orders: chance alone moves it as much. */
const SLACK_SECONDS = 0.25;
const SLACK = 10;
const OPEN = 'orderstream_process_commands_open';

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
      eventTypes: ['order.confirmed'],
    };
    const subscriber = new Client(() => subscriptions, apiKey);
    await expectStatus(subscriber.post('/v1/webhook-subscriptions', subscription), 201);
    await sleep(HEARD_MS);
    return new Shift(deployment, shop);
  }

  end(): void {
    this.shop.stop();
  }

  async run(perSecond: number, seconds: number): Promise<Run> {
    const { commands: url, queries, apiKey } = this.deployment;
    const order = (ms: number) => this.shop.measure({ do: 'order', url, apiKey, perSecond, ms });
    await order(RAMP_MS);
    await this.shop.measure({ do: 'forget' });
    const before = cpuByRole(ROLES);
    const half = (seconds * 1_000) / 2;
    await order(half);
    const openHalfway = await this.#open();
    const { ordered = 0 } = await order(half);
    const openAtEnd = await this.#open();
    await this.#drain();
    const after = cpuByRole(ROLES);
    const { orders = [], failures = {} } = await this.shop.measure({ do: 'result' });
    const latencies = Float64Array.from(orders.map(({ sentAt, heardAt }) => heardAt - sentAt)).toSorted();
    const [first, last] = [
      Math.min(...orders.map(({ heardAt }) => heardAt)),
      Math.max(...orders.map(({ heardAt }) => heardAt)),
    ];
    const failed = failuresText(failures);
    const isMissing = orders.length < ordered;
    const perOrder = (role: Role): number => ((after[role] ?? 0) - (before[role] ?? 0)) / 1_000 / ordered;
    const roles = (Object.keys(after) as Role[]).filter((role) => perOrder(role) > 0);
    return {
      perSecond: (orders.length * 1_000) / (last - first),
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      cpuMs: Object.fromEntries(roles.map((role) => [role, perOrder(role)])),
      steps: await stepTimes(new Client(() => queries, apiKey), orders),
      open: [openHalfway, openAtEnd],
      isSteady: openAtEnd - openHalfway <= SLACK + perSecond * SLACK_SECONDS,
      void: failed ? `orders failed: ${failed}` : isMissing ? 'some orders were not confirmed' : undefined,
    };
  }

  /** Orders that the subscriber has not heard of. */
  async #open(): Promise<number> {
    const { ordered = 0, confirmed = 0 } = await this.shop.measure({ do: 'count' });
    return ordered - confirmed;
  }

  /** Waits until all are confirmed, and the mails about it sent. */
  async #drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_MS;
    while (performance.now() < deadline) {
      const sending = (await readMetrics(this.deployment.processes.url)).get(OPEN) ?? 0;
      if (sending === 0 && (await this.#open()) === 0) return;
      await sleep(POLL_MS);
    }
  }
}

async function expectStatus(answer: Promise<{ readonly status: number }>, expected: number): Promise<void> {
  const { status } = await answer;
  if (status !== expected && status !== 201) throw new Error(`the shop was answered ${status}`);
}
