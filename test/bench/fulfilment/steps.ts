import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Client } from '../../systems/client.js';
import { spreadOf } from '../report/statistics.js';
import type { ConfirmedOrder } from './shop.js';

/** The steps from the order to the subscriber, first to last. */
export const STEPS = [
  'accept',
  'feed',
  'reserve',
  'screen',
  'authorize',
  'capture',
  'confirm',
  'delivery',
] as const;
type Step = (typeof STEPS)[number];

export type StepTimes = Readonly<Record<Step, number>>;

/** Orders that are looked at. */
const SAMPLE = 200;
const AT_ONCE = 4;
const LOOK_EVERY_MS = 500;
const MOST_LOOKS = 60;

interface Story {
  readonly steps: readonly { readonly at: string; readonly trigger: string }[];
}

/** The median time of each step in milliseconds, as the log tells it; a step that was not taken took none. */
export async function stepTimes(client: Client, orders: readonly ConfirmedOrder[]): Promise<StepTimes> {
  const every = Math.max(1, Math.floor(orders.length / SAMPLE));
  const sample = orders.filter((_, index) => index % every === 0);
  const times = await pLimit(AT_ONCE).map(sample, (order) => timesOf(client, order));
  const median = (step: Step) => spreadOf(times.map((each) => each[step]))?.median ?? Number.NaN;
  return Object.fromEntries(STEPS.map((step) => [step, median(step)])) as StepTimes;
}

async function timesOf(client: Client, order: ConfirmedOrder): Promise<StepTimes> {
  const { orderId, sentAt, confirmedAt, heardAt } = order;
  const [created, process] = await Promise.all([
    bodyOf<{ readonly createdAt: string }>(client, `/v1/orders/${orderId}`),
    bodyOf<Story>(client, `/v1/processes/${orderId}`),
  ]);
  const createdAt = Date.parse(created.createdAt);
  const lastOf = (task: string): number =>
    Math.max(
      0,
      ...process.steps.filter(({ trigger }) => trigger.startsWith(task)).map(({ at }) => Date.parse(at)),
    );
  // Each step begins where the one before has ended.
  const ends: Record<Step, number> = {
    accept: createdAt,
    feed: lastOf('order.created'),
    reserve: lastOf('reserve:'),
    screen: lastOf('screen:'),
    authorize: lastOf('authorize:'),
    capture: lastOf('capture:'),
    confirm: confirmedAt,
    delivery: heardAt,
  };
  let before = sentAt;
  const times = STEPS.map((step) => {
    const end = Math.max(before, ends[step]);
    const took = end - before;
    before = end;
    return [step, took] as const;
  });
  return Object.fromEntries(times) as StepTimes;
}

async function bodyOf<Body>(client: Client, path: string): Promise<Body> {
  // Read models may be behind by some seconds on a busy machine.
  for (let looks = 1; ; looks++) {
    const { status, body } = (await client.get(path)) as { readonly status: number; readonly body: Body };
    if (status === 200) return body;
    if (status !== 404 || looks === MOST_LOOKS) throw new Error(`${path} was answered ${status}`);
    await sleep(LOOK_EVERY_MS);
  }
}
