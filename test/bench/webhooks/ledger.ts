import { setTimeout as sleep } from 'node:timers/promises';
import { type Metrics, readMetrics } from '../../systems/metrics.js';
import { whole } from '../report/table.js';
import type { Received } from './receiver.js';
import type { Subscription, Subscriptions } from './subscriptions.js';

/** Events of orders that were looked at, by the product's own count: owed to some, or filtered. */
const LOOKED_AT = 'orderstream_webhook_events_total';
/** The fate of events that were owed, by the product's own count. */
const FATES = 'orderstream_webhook_deliveries_total';
const ATTEMPTS = 'orderstream_webhook_attempts_total';
const PENDING = 'orderstream_webhook_pending';

/** Time for counts to settle, and for wrong repeats to arrive. */
const SETTLE_MS = 1_000;
const LOOKS = 20;
/** Subscriptions that are asked. */
const SAMPLE = 20;

export interface Owed {
  readonly subscriptions: Subscriptions;
  /** The subscriptions that some events matched. */
  readonly made: readonly Subscription[];
  /** Orders that came meanwhile, as producers were told: each is an event. */
  readonly appended: number;
  /** Events owed to all of them together, as producers were told. */
  readonly events: number;
  readonly received: Received;
  /** Attempts that were meant to fail. */
  readonly failures?: boolean;
}

export interface Balance {
  readonly text: string;
  readonly void: string | undefined;
}

/** Opened before a run, balanced after it: every event owed has to be somewhere. */
export class Ledger {
  private constructor(
    private readonly url: string,
    private readonly before: Metrics,
  ) {}

  static async open(url: string): Promise<Ledger> {
    return new Ledger(url, await readMetrics(url));
  }

  async balance({
    subscriptions,
    made,
    appended,
    events,
    received,
    failures = false,
  }: Owed): Promise<Balance> {
    await sleep(SETTLE_MS);
    const after = await readMetrics(this.url);
    const grown = (name: string, labels: Readonly<Record<string, string>>) => {
      const now = sumOf(after, name, labels);
      return now === undefined ? undefined : now - (sumOf(this.before, name, labels) ?? 0);
    };
    const seen = sum(received, 'events');
    const requests = sum(received, 'requests');
    const lag = await settledLagOf(subscriptions, made);
    const faults: string[] = [];
    const expect = (what: string, found: number | undefined, expected: number | undefined) => {
      if (found === undefined || expected === undefined || found === expected) return;
      faults.push(`${what} ${whole(found)}, not ${whole(expected)}`);
    };
    expect('received', seen, events);
    expect('repeated', sum(received, 'repeats'), 0);
    expect('out of order', sum(received, 'disordered'), 0);
    expect('cursors behind', lag, 0);
    if (!failures) expect('attempts delivered', grown(ATTEMPTS, { outcome: 'delivered' }), requests);

    const looked = (name: string) => grown(LOOKED_AT, { topic: 'orders', fate: name });
    const [toSome, toNone] = [looked('owed'), looked('filtered')];
    if (toSome !== undefined && toNone !== undefined) expect('looked at', toSome + toNone, appended);

    const fate = (name: string) => grown(FATES, { fate: name }) ?? 0;
    const owed = grown(FATES, { fate: 'owed' });
    const [delivered, skipped] = [fate('delivered'), fate('skipped')];
    const parked = fate('held') - fate('redriven');
    const pending = grown(PENDING, {}) ?? 0;
    // Those that fail are owed as well, and not counted here.
    if (!failures) expect('owed', owed, events);
    expect('owed', owed, delivered + skipped + parked + pending);
    const ends = [
      ['delivered', delivered],
      ['skipped', skipped],
      ['parked', parked],
      ['pending', pending],
    ] as const;
    const text = [
      `read ${whole(appended)} = filtered ${whole(toNone ?? Number.NaN)} + owed to some ${whole(toSome ?? Number.NaN)}`,
      owed === undefined
        ? 'the product does not tell what it owes'
        : `owed ${whole(owed)} = ${ends.map(([name, count]) => `${name} ${whole(count)}`).join(' + ')}`,
      lag === undefined ? 'how far cursors are behind is not told' : `cursors are ${whole(lag)} behind`,
      `acknowledged ${whole(events)}, received ${whole(seen)} in ${whole(requests)} requests`,
    ].join('; ');
    return { text, void: faults.length > 0 ? faults.join('; ') : undefined };
  }
}

const sum = (received: Received, count: 'events' | 'requests' | 'repeats' | 'disordered'): number =>
  received.endpoints.reduce((total, endpoint) => total + endpoint[count], 0);

/** Cursors are saved now and then: waits for them. */
async function settledLagOf(
  subscriptions: Subscriptions,
  made: readonly Subscription[],
): Promise<number | undefined> {
  for (let looks = 0; ; looks++) {
    const lag = await lagOf(subscriptions, made);
    if (!lag || looks >= LOOKS) return lag;
    await sleep(SETTLE_MS);
  }
}

interface CursorItem {
  readonly lag: number;
}

/** The lag of a sample of them; `undefined` when the product does not tell. */
async function lagOf(
  subscriptions: Subscriptions,
  made: readonly Subscription[],
): Promise<number | undefined> {
  let lag = 0;
  for (const { subscriptionId } of made.slice(0, SAMPLE)) {
    const { status, body } = await subscriptions.call<{ items: readonly CursorItem[] }>(
      'GET',
      `/${subscriptionId}/cursors`,
    );
    if (status !== 200) return undefined;
    lag += body.items.reduce((total, cursor) => total + cursor.lag, 0);
  }
  return lag;
}

/** The sum of all series of a metric that have these labels; `undefined` when there is no such metric. */
function sumOf(metrics: Metrics, name: string, labels: Readonly<Record<string, string>> = {}) {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const series = [...metrics].filter(([key]) => key === name || key.startsWith(`${name}{`));
  if (series.length === 0) return undefined;
  return series
    .filter(([key]) => wanted.every((label) => key.includes(label)))
    .reduce((sum, [, value]) => sum + value, 0);
}
