import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../report.js';
import { SeededRandom } from '#libs/kernel';
import { groupedBy } from '../violation.js';
import { fulfilmentViolationsIn } from './checks/all-fulfilment-checks.js';
import { repeatedMails } from './checks/mail-checks.js';
import { ordersIn } from './checks/shop-orders.js';
import type { ShopEvidence } from './evidence.js';
import { type FulfilmentFault, FulfilmentFaults } from './fulfilment-faults.js';
import { type FulfilmentTestbed, SHORT_TIMES } from './fulfilment-testbed.js';
import { carriedOn, loseTables } from './lost-tables.js';
import { Shop } from './shop.js';
import { readShop } from './shop-log.js';

const CALM_MS = 3_000;
const PROGRESS_MS = 10_000;
/** Time in which everything must come to rest after the last fault and the last customer, beyond the longest time-out. */
const REST_MS = 60_000;
const LOOK_MS = 1_000;
/** Looks in a row that must find everything at rest, because lists may lag behind. */
const LOOKS = 3;
/** Smallest number of orders per second that proves anything. */
const LEAST_RATE = 0.3;

interface FulfilmentRunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly customers: number;
  readonly faults: readonly FulfilmentFault[];
  /** Whether all tables are dropped once, while orders are in every stage. */
  readonly losesTables: boolean;
  readonly log: (line: string) => void;
}

/** A shop in business while everything fails; then the log, the gateway and the mail server are compared. */
export async function runFulfilment(
  testbed: FulfilmentTestbed,
  options: FulfilmentRunOptions,
): Promise<RunResult> {
  const { log, seconds } = options;
  const shop = new Shop(testbed.tenants, options);
  const faults = new FulfilmentFaults(testbed, options.faults, new SeededRandom(options.seed), log);
  const lost: { readonly kind: string; readonly at: number; readonly until: number }[] = [];
  const progress = setInterval(() => log(`${shop.placed.length} orders`), PROGRESS_MS);
  try {
    await shop.open();
    await sleep(CALM_MS);
    const faulty = options.faults.length > 0 ? faults.run() : sleep(seconds * 1_000);
    await Promise.race([faulty, sleep(seconds * 1_000)]);
    await faults.stop();
    log('all is healed');
    if (options.losesTables) lost.push(await loseTables(testbed, log));
    await sleep(CALM_MS);
    await shop.close();
  } finally {
    clearInterval(progress);
  }
  const closedAt = performance.now();
  const left = await untilAtRest(testbed);
  const restSeconds = ((performance.now() - closedAt) / 1_000).toFixed(0);
  log(left === '' ? `all is at rest after ${restSeconds} s; the log is being read` : `not at rest: ${left}`);
  const evidence: ShopEvidence = {
    placed: shop.placed,
    interruptions: [...faults.interruptions, ...lost].map((each) => ({
      ...each,
      at: each.at + performance.timeOrigin,
      until: each.until + performance.timeOrigin,
    })),
    ...(await readShop(testbed)),
  };
  await keep(evidence, testbed.directory);
  return {
    violations: fulfilmentViolationsIn(evidence),
    voidBecause: reasonsToVoid(evidence, options),
    counts: { ...countsOf(evidence), ...shop.counts, ...(options.faults.length > 0 && faults.counts()) },
  };
}

/** Lists that are empty once everything has come to rest. */
const UNRESTED = [
  '/v1/processes?state=running',
  '/v1/processes?state=stuck',
  '/v1/orders?status=created',
  '/v1/orders?status=delivered',
  '/v1/payments?status=in-review',
];

/** @returns what has not come to rest in time */
async function untilAtRest({ tenants }: FulfilmentTestbed): Promise<string> {
  const longest = Math.max(...Object.values(SHORT_TIMES).map(Number));
  const end = performance.now() + longest + REST_MS;
  // No list shows the carts that will be abandoned.
  await sleep(2 * Number(SHORT_TIMES.CART_ABANDONED_AFTER_MS));
  for (let looks = 0; ; ) {
    const found = await Promise.all(
      tenants.flatMap((tenant) =>
        UNRESTED.map(async (path) => {
          const items = await tenant.list(`${path}&limit=500`);
          return items?.length === 0 ? [] : [`${tenant.name}: ${items?.length ?? '?'} in ${path}`];
        }),
      ),
    );
    const left = found.flat();
    looks = left.length === 0 ? looks + 1 : 0;
    if (looks === LOOKS) return '';
    if (performance.now() > end) return left.join(', ');
    await sleep(LOOK_MS);
  }
}

/** Kept beside the logs, to look into violations. */
async function keep({ events, ...others }: ShopEvidence, directory: string): Promise<void> {
  const { placed, operations, mails, interruptions } = others;
  const lines = [...placed, ...interruptions, ...operations, ...mails, ...events];
  await writeFile(
    join(directory, 'evidence.ndjson'),
    lines.map((each) => `${JSON.stringify(each)}\n`),
  );
}

function reasonsToVoid(
  evidence: ShopEvidence,
  { seconds, losesTables }: Pick<FulfilmentRunOptions, 'seconds' | 'losesTables'>,
): string[] {
  const { placed, events, operations } = evidence;
  return [
    ...(placed.length < seconds * LEAST_RATE ? [`only ${placed.length} orders`] : []),
    ...(events.some(({ topic }) => topic === 'processes') ? [] : ['the log has no processes']),
    ...(operations.length > 0 ? [] : ['the gateway has done nothing']),
    ...(losesTables && carriedOn(evidence) === 0
      ? ['no process was under way when the tables were lost']
      : []),
  ];
}

function countsOf(evidence: ShopEvidence): Record<string, number> {
  const { events, operations, mails } = evidence;
  const orders = groupedBy(ordersIn(evidence), ({ status, cause }) =>
    cause ? `${status}, ${cause}` : status,
  );
  const byTopic = groupedBy(events, ({ topic }) => topic);
  const byOperation = groupedBy(operations, ({ operation, answer }) => `${operation}, ${answer.result}`);
  const counted = (prefix: string, groups: ReadonlyMap<string, readonly unknown[]>) =>
    Object.fromEntries([...groups].map(([name, { length }]) => [`${prefix} ${name}`, length]));
  return {
    ...counted('orders', orders),
    ...counted('events in', byTopic),
    ...counted('gateway', byOperation),
    'mails taken': mails.length,
    'mails taken again, same id': repeatedMails(evidence),
    'processes that went on after all tables were lost': carriedOn(evidence),
  };
}
