import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/kernel';
import { History, isAccepted } from '../history.js';
import { OrderClient } from '../order-client.js';
import { PatientClient } from '../patient-client.js';
import type { RunResult } from '../report.js';
import { Workload } from '../workload.js';
import { webhookViolationsIn } from './checks/all-webhook-checks.js';
import { repeatsOf, unexplained } from './checks/repeat-checks.js';
import type { Acknowledged, Feed, LogEvidence, LoggedDelivery, WebhookEvidence } from './evidence.js';
import { StockTraffic } from './stock-traffic.js';
import { SubscriberLife } from './subscriber-life.js';
import { SubscribersServer } from './subscribers-server.js';
import { WebhookFaults } from './webhook-faults.js';
import { CONCURRENCY, type WebhookTestbed } from '../testbed.js';
import { readWholeLog, unreadIn } from './whole-log.js';
import type { Instance } from '../../systems/product.js';
import type { Interruption } from '../fault-schedule.js';
import { owedTo } from './checks/owed.js';
import { type Violation, violation } from '../violation.js';

const CALM_MS = 2_000;
/** The longest pause of an order client between two operations. */
const PAUSE_MS = 150;
/** Longer than a command lives in a server: none that a client has given up on may come after the log was read. */
const SETTLE_MS = 6_000;
/** Time for wrong repeats to arrive. */
const GRACE_MS = 2_000;
const PROGRESS_MS = 10_000;
/** How many times as long as it should a slow machine may take. */
const MOST_PATIENCE = 10;

interface WebhookRunOptions {
  readonly seed: number;
  /** The least duration of faults. */
  readonly seconds: number;
  readonly clients: number;
  readonly leastKills: number;
  readonly leastFailures: number;
  readonly log: (line: string) => void;
}

/** Traffic, faults, and subscribers that come, go and fail, all at once; then what came is compared with the log. */
export async function runWebhooks(testbed: WebhookTestbed, options: WebhookRunOptions): Promise<RunResult> {
  const { commands, subscriptions, apiKey } = testbed;
  const random = new SeededRandom(options.seed);
  const api = new PatientClient(subscriptions.url, apiKey);
  const server = await SubscribersServer.open(random);
  const life = new SubscriberLife(api, server, random);
  const history = new History();
  const client = new OrderClient([commands.url], apiKey);
  const load = { clients: options.clients, instances: 1, seed: options.seed, pauseMs: PAUSE_MS };
  const orders = new Workload(client, history, { ...load, keys: true, batches: true });
  const stock = new StockTraffic(commands.url, apiKey, options.seed);
  const faults = new WebhookFaults(testbed, random, options.log);
  const progress = setInterval(() => {
    const received = life.subscribers.reduce((sum, { receipts }) => sum + receipts.length, 0);
    options.log(`${received} requests, ${server.failures} failed, ${faults.kills} kills`);
  }, PROGRESS_MS);
  try {
    await life.begin();
    orders.start();
    stock.start();
    await sleep(CALM_MS);
    life.run();
    await Promise.race([faults.run(), enough(faults, server, options)]);
    await faults.stop();
    server.calm();
    await life.stop();
    await Promise.all([orders.stop(), stock.stop()]);
    options.log('all is healed; the log is being read');
    await sleep(SETTLE_MS);
    const acknowledged = [...acknowledgedIn(history), ...stock.acknowledged];
    const ids = life.subscribers.map(({ subscriptionId }) => subscriptionId);
    const known = await readWholeLog(testbed.servers, acknowledged, ids);
    const stalled = await drained(known, life);
    options.log('all has arrived, or it never will');
    await sleep(GRACE_MS);
    const { handovers, delivered } = await readDispatcherLogs(testbed.dispatchers);
    const evidence = {
      ...known,
      feeds: feedsOf(life),
      interruptions: [...faults.interruptions, ...handovers],
      delivered,
      unsigned: server.unsigned,
      concurrency: CONCURRENCY,
    };
    await keep(evidence, testbed.servers.directory);
    return {
      violations: [...stalled, ...webhookViolationsIn(evidence)],
      voidBecause: reasonsToVoid(faults, server, evidence, options),
      counts: {
        ...countsOf(evidence),
        ...life.counts,
        ...faults.counts(),
        kills: faults.kills,
        ...failuresOf(server),
      },
    };
  } finally {
    clearInterval(progress);
    await client.close();
    await server.close();
  }
}

/** A machine that is slow takes its time to kill and to start. */
async function enough(
  faults: WebhookFaults,
  server: SubscribersServer,
  { seconds, leastKills, leastFailures }: WebhookRunOptions,
): Promise<void> {
  const isShort = () => faults.kills < leastKills || server.failures < leastFailures;
  for (let waited = 0; waited < seconds || (isShort() && waited < MOST_PATIENCE * seconds); waited++)
    await sleep(1_000);
}

const feedsOf = ({ subscribers }: SubscriberLife): Feed[] => subscribers.flatMap((each) => each.feeds());

/** A command may have had its effect with the first request of its key, whichever was answered. */
function acknowledgedIn({ attempts }: History): Acknowledged[] {
  const firstSent = new Map<string | number, number>();
  for (const { request, operation, startedAt } of attempts) {
    const key = request.key ?? operation;
    firstSent.set(key, Math.min(startedAt, firstSent.get(key) ?? startedAt));
  }
  return attempts.filter(isAccepted).map(({ request, operation, outcome, startedAt, endedAt }) => ({
    position: outcome.position,
    sentAt: firstSent.get(request.key ?? operation) ?? startedAt,
    knownAt: endedAt,
  }));
}

/** Kept beside the logs, to look into violations. */
async function keep({ feeds, rules, interruptions }: WebhookEvidence, directory: string): Promise<void> {
  const lines = [interruptions, [...rules], ...feeds].map((each) => `${JSON.stringify(each)}\n`);
  await writeFile(join(directory, 'evidence.ndjson'), lines);
}

function reasonsToVoid(
  faults: WebhookFaults,
  server: SubscribersServer,
  evidence: WebhookEvidence,
  options: WebhookRunOptions,
): string[] {
  const { leastKills, leastFailures } = options;
  return [
    ...(faults.kills < leastKills ? [`only ${faults.kills} kills`] : []),
    ...(server.failures < leastFailures ? [`only ${server.failures} failed attempts`] : []),
    ...(unreadIn(evidence) > 0 ? ['the log was not read to its end'] : []),
    // Repeats are judged by them.
    ...(evidence.delivered.length === 0 ? ['the dispatchers log no deliveries'] : []),
  ];
}

function countsOf({
  log,
  feeds,
  acknowledged,
  rules,
  interruptions,
  delivered,
}: WebhookEvidence): Record<string, number> {
  const repeats = feeds.flatMap((feed) => repeatsOf(feed, delivered));
  return {
    'events in the log': log.length,
    'commands acknowledged': acknowledged.length,
    feeds: feeds.length,
    'changes of what is owed': [...rules.values()].reduce((sum, { length }) => sum + length - 1, 0),
    handovers: interruptions.filter(({ kind }) => kind === 'handover').length,
    requests: feeds.reduce((sum, { receipts }) => sum + receipts.length, 0),
    'requests taken for delivered': delivered.length,
    'repeats of those': repeats.length,
    'repeats of those far from any fault': unexplained(repeats, interruptions).length,
  };
}

const failuresOf = (server: SubscribersServer): Record<string, number> => ({
  'attempts failed': server.failures,
  ...Object.fromEntries(
    Object.entries(server.failed).map(([how, count]) => [`attempts failed by ${how}`, count]),
  ),
});

/** Logged when a dispatcher finds that another one has taken over. */
const LOST = 'another dispatcher has taken';
/** And when it takes something for delivered. */
const DELIVERED = '"becomes":"delivered"';
const SECOND = 1_000;

interface Line {
  readonly time: number | string;
}

interface DeliveredLine extends Line {
  readonly subscriptionId: string;
  readonly replayId?: string;
  readonly eventId: string;
}

interface DispatcherLogs {
  /** When dispatchers lost what they had to others: also on their own, when the machine is too slow. */
  readonly handovers: readonly Interruption[];
  readonly delivered: readonly LoggedDelivery[];
}

/** Reads what the dispatchers logged about their own work. */
async function readDispatcherLogs(dispatchers: readonly Instance[]): Promise<DispatcherLogs> {
  // They say so of each partition.
  const lostIn = new Set<number>();
  const delivered: LoggedDelivery[] = [];
  for (const dispatcher of dispatchers) {
    for await (const line of dispatcher.logEntries<Line>(LOST)) lostIn.add(Math.ceil(timeOf(line) / SECOND));
    for await (const line of dispatcher.logEntries<DeliveredLine>(DELIVERED)) {
      const { subscriptionId, replayId = subscriptionId, eventId } = line;
      delivered.push({ at: timeOf(line), feedId: replayId, firstId: eventId });
    }
  }
  return {
    handovers: [...lostIn].map((second) => ({
      kind: 'handover',
      at: (second - 1) * SECOND,
      until: second * SECOND,
    })),
    delivered,
  };
}

const timeOf = ({ time }: Line): number => new Date(time).getTime() - performance.timeOrigin;

/** How long nothing new may come, once everything is healed, before the rest counts as lost. */
const STALLED_MS = 120_000;
const LOOK_EVERY_MS = 1_000;

/** Waits until all subscribers have everything, for as long as more of it comes. */
async function drained(known: LogEvidence, life: SubscriberLife): Promise<Violation[]> {
  const missingFor = (feed: Feed): number => {
    const taken = new Set(feed.receipts.filter((receipt) => receipt.taken).flatMap(({ ids }) => ids));
    return [...owedTo(feed, known).events.keys()].filter((id) => !taken.has(id)).length;
  };
  const redrive = (): Promise<void> => life.redrive();
  // One at a time: to look takes as long as it takes many requests to be answered.
  for (const subscriber of life.subscribers) {
    const missing = (): number => subscriber.feeds().reduce((sum, feed) => sum + missingFor(feed), 0);
    const left = await untilNoneIsLeft(missing, redrive);
    if (left > 0) return stalled(`${subscriber.plan.name} misses ${left}`);
  }
  const running = async (): Promise<number> => ((await life.replaysEnded()) ? 0 : 1);
  return (await untilNoneIsLeft(running, redrive)) > 0 ? stalled('a replay has not ended') : [];
}

/** @returns what is left once it stops shrinking */
async function untilNoneIsLeft(
  count: () => number | Promise<number>,
  meanwhile: () => Promise<void>,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;
  for (;;) {
    await setImmediate();
    const left = await count();
    if (left === 0) return 0;
    if (left < least) end = performance.now() + STALLED_MS;
    else if (performance.now() > end) return left;
    least = left;
    await meanwhile();
    await sleep(LOOK_EVERY_MS);
  }
}

const stalled = (what: string): Violation[] => [
  violation('stalled', `nothing more comes for ${STALLED_MS / 1_000} s: ${what}`),
];
