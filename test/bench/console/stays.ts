import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../systems/client.js';
import { ORDER } from '../ingest/order.js';
import { spreadOf } from '../report/statistics.js';
import { short, whole } from '../report/table.js';
import type { Ground } from './ground.js';
import type { ConsoleTab, TabMemory } from './tab.js';

export interface Stayed {
  /** Median time until a list showed what was asked for next. */
  readonly stepMs: number;
  /** After what was there to be loaded was loaded once, and in the end. */
  readonly before: TabMemory;
  readonly after: TabMemory;
  readonly notes: readonly string[];
}

/** What a person does who stays on a page. */
export type Stay = (tab: ConsoleTab, ground: Ground, seconds: number) => Promise<Stayed>;

const PAGES = 50;
/** A browser remembers 50 places, the first one included. */
const PAGES_BACK = 45;
const WARM_PAGES = 5;
/** For as long are answers kept that no page shows. */
const KEPT_MS = 65_000;
const EVENTS_PER_SECOND = 500;
const BATCH = 50;

/** Goes on in a list page by page, and back again. */
export const leafing =
  (path: string, list: string, on: string, back: string): Stay =>
  async (tab) => {
    await tab.visit(path, list);
    const steps: number[] = [];
    const go = async (name: string, pages: number) => {
      for (let page = 0; page < pages; page++) steps.push(await tab.press(name, list));
    };
    await go(on, WARM_PAGES);
    await go(back, WARM_PAGES);
    await sleep(KEPT_MS);
    const before = await tab.memory();
    steps.splice(0);
    await go(on, PAGES);
    const forward = spreadOf(steps);
    await go(back, PAGES_BACK);
    const most = await tab.memory();
    await sleep(KEPT_MS);
    const after = await tab.memory();
    return {
      stepMs: forward?.median ?? Number.NaN,
      before,
      after,
      notes: [
        `on: up to ${whole(forward?.max ?? 0)} ms; at once afterwards ${short(most.heapMib)} MiB, a minute later ${short(after.heapMib)} MiB`,
      ],
    };
  };

/** Watches new events while many come in, and then pauses. */
export const liveTail: Stay = async (tab, { crowd }, seconds) => {
  const list = 'New events';
  const producer = new Producer(crowd);
  try {
    const { firstRowMs } = await tab.visit('/log?live=yes', list);
    await sleep(5_000);
    const before = await tab.memory();
    const [busy, events, began] = [await tab.busyMs(), producer.events, Date.now()];
    await sleep(seconds * 1_000);
    const elapsed = Date.now() - began;
    const share = ((await tab.busyMs()) - busy) / elapsed;
    const perSecond = ((producer.events - events) * 1_000) / elapsed;
    const after = await tab.memory();
    const dropped = await tab.page.getByText('were left out').count();
    await tab.page.getByRole('button', { name: 'Pause', exact: true }).click();
    const pausedBusy = await tab.busyMs();
    await sleep(5_000);
    const paused = ((await tab.busyMs()) - pausedBusy) / 5_000;
    const { heapMib, nodes } = await tab.memory();
    return {
      stepMs: firstRowMs,
      before,
      after,
      notes: [
        `${whole(perSecond)} events/s, ${dropped === 0 ? 'none' : 'some'} left out; the tab is busy for ${whole(share * 100)} % of the time`,
        `paused: busy for ${whole(paused * 100)} %, ${short(heapMib)} MiB, ${whole(nodes)} nodes`,
      ],
    };
  } finally {
    await producer.stop();
  }
};

/** Watches the overview. */
export const overview: Stay = async (tab, _, seconds) => {
  const { firstRowMs } = await tab.visit('/overview', 'Freshness of projections');
  await sleep(10_000);
  const before = await tab.memory();
  const [busy, began] = [await tab.busyMs(), Date.now()];
  await sleep(seconds * 3_000);
  const share = ((await tab.busyMs()) - busy) / (Date.now() - began);
  const after = await tab.memory();
  return {
    stepMs: firstRowMs,
    before,
    after,
    notes: [`the tab is busy for ${short(share * 100)} % of the time`],
  };
};

/** Orders at a pace, in batches. */
class Producer {
  events = 0;
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(client: Client) {
    this.#done = this.#produce(client);
    // Whoever stops it is told.
    this.#done.catch(() => undefined);
  }

  stop(): Promise<void> {
    this.#isOver = true;
    return this.#done;
  }

  async #produce(client: Client): Promise<void> {
    const orders = Array.from({ length: BATCH }, () => ORDER);
    for (let next = Date.now(); !this.#isOver; next += (BATCH * 1_000) / EVENTS_PER_SECOND) {
      const { status } = await client.post('/v1/orders/batch', orders);
      if (status !== 200) throw new Error(`a batch was answered ${status}`);
      this.events += BATCH;
      await sleep(Math.max(0, next - Date.now()));
    }
  }
}
