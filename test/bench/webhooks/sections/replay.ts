import { setTimeout as sleep } from 'node:timers/promises';
import { whole } from '../../report/table.js';
import type { Ground } from '../ground.js';
import type { Options } from '../options.js';
import type { Contestant, Run } from '../outcome.js';
import type { Subscriptions } from '../subscriptions.js';
import { fill } from './catch-up.js';
import { historyFiguresOf, liveRun } from './live.js';

const TENANT = 'history';
const BATCH = { maxEvents: 1_000, maxWaitMs: 10 };
const PER_SECOND = 20;
const ORDERING_MS = 3_000;
const CALM_MS = 5_000;

const SINGLY = (events: number): string => `replay of ${whole(events)}, singly`;
export const BATCHED = (events: number): string => `replay of ${whole(events)}, in batches of 1,000`;
const JOINING = (events: number): string =>
  `a new subscriber from the beginning of ${whole(events)}, while orders go on`;
export const LIVE_ALONE = `live, ${PER_SECOND} orders/s, without a replay`;
export const LIVE_BESIDE = `live, ${PER_SECOND} orders/s, beside a replay`;

/** A replay that has begun. */
async function begin(subscriptions: Subscriptions, url: string, more: object): Promise<void> {
  const [made] = await subscriptions.make([url], more);
  const answer = await subscriptions.call('POST', `/${made?.subscriptionId}/replay`, { from: 'beginning' });
  if (answer.status !== 202) throw new Error(`a replay was answered ${answer.status}`);
}

async function replay(ground: Ground, events: number, more: object): Promise<Run> {
  const notFilled = await fill(ground, TENANT, events);
  const subscriptions = await ground.subscriptions(TENANT);
  const [url = ''] = await ground.endpoints(1);
  try {
    await ground.beginCounting();
    const askedAt = Date.now();
    const { result, consumption } = await ground.watched(async () => {
      await begin(subscriptions, url, more);
      return ground.received(events);
    });
    const [endpoint] = result.endpoints;
    const { events: seen = 0, disordered = 0, repeats = 0, requests = 0 } = endpoint ?? {};
    const isWhole = seen === events && disordered + repeats === 0;
    // With what it takes to begin.
    const seconds = ((endpoint?.lastAt ?? Number.NaN) - askedAt) / 1_000;
    return {
      ...historyFiguresOf(result, consumption, events),
      seconds,
      perSecond: seen / seconds,
      ledger: `in the log ${whole(events)}, received ${whole(seen)} in ${whole(requests)} requests`,
      void:
        notFilled ??
        (isWhole ? undefined : `${seen} of ${events}, ${disordered} out of order, ${repeats} repeats`),
    };
  } finally {
    await subscriptions.deleteAll();
  }
}

async function liveBeside(ground: Ground, events: number): Promise<Run> {
  await fill(ground, TENANT, events);
  const history = await ground.subscriptions(TENANT);
  const url = (await ground.endpoints(2)).at(-1) ?? '';
  const load = { way: 'paced', perSecond: PER_SECOND } as const;
  try {
    return await liveRun(ground, {
      endpoints: 1,
      load,
      failures: true,
      beside: () => begin(history, `${url}uncounted`, {}),
    });
  } finally {
    await history.deleteAll();
  }
}

/** A new subscriber from the beginning, while orders go on: its way from history to what is new must not show. */
async function join(ground: Ground, events: number): Promise<Run> {
  const notFilled = await fill(ground, TENANT, events);
  const subscriptions = await ground.subscriptions(TENANT);
  const urls = await ground.endpoints(1);
  let appended = 0;
  const order = async () => {
    const load = { way: 'closed', producers: 2, rampMs: 0, measuredMs: ORDERING_MS } as const;
    appended += (await ground.produce(TENANT, load)).events;
  };
  try {
    // Deliveries of the previous contestant may still be in flight.
    await sleep(CALM_MS);
    await ground.beginCounting();
    const ledger = await ground.ledger();
    let inHistory = true;
    const ordering = async () => {
      while (inHistory) await order();
    };
    const { result, consumption } = await ground.watched(async () => {
      const made = await subscriptions.make(urls, { startFrom: 'beginning' });
      const ordered = ordering();
      await ground.received(events);
      inHistory = false;
      await ordered;
      await ground.received(events + appended);
      await order();
      return { made, received: await ground.received(events + appended) };
    });
    const owed = events + appended;
    const balance = await ledger.balance({ subscriptions, appended, events: owed, ...result });
    return {
      ...historyFiguresOf(result.received, consumption, owed),
      note: `${whole(appended)} events came meanwhile`,
      ledger: balance.text,
      void: notFilled ?? balance.void,
    };
  } finally {
    await subscriptions.deleteAll();
  }
}

/** A page that is not there is told apart from a subscription that is not. */
async function absence(ground: Ground): Promise<string | undefined> {
  const subscriptions = await ground.subscriptions(TENANT);
  const [made] = await subscriptions.make(['http://127.0.0.1:9/'], { eventTypes: ['stock.adjusted'] });
  const { status } = await subscriptions.call('POST', `/${made?.subscriptionId}/replay`, {
    from: 'beginning',
  });
  await subscriptions.deleteAll();
  return status === 202 ? undefined : `not there yet (${status})`;
}

export const replays = ({ replay: events }: Options): readonly Contestant[] => {
  const common = { section: 'replay', against: [], once: true } as const;
  const load = { way: 'paced', perSecond: PER_SECOND } as const;
  return [
    { ...common, absence, name: BATCHED(events), run: (ground) => replay(ground, events, { batch: BATCH }) },
    { ...common, absence, name: SINGLY(events), run: (ground) => replay(ground, events, {}) },
    { ...common, name: LIVE_ALONE, run: (ground) => liveRun(ground, { endpoints: 1, load }) },
    { ...common, absence, name: LIVE_BESIDE, run: (ground) => liveBeside(ground, events) },
    // Last, as it adds to the history.
    { ...common, name: JOINING(events), run: (ground) => join(ground, events) },
  ];
};
