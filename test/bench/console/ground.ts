import { join } from 'node:path';
import { Client } from '../../systems/client.js';
import { onServer } from '#libs/testing';
import { makePrisma } from '#libs/postgres';
import { AttemptDays } from '#libs/webhook-delivery/postgres';
import { setTimeout as sleep } from 'node:timers/promises';
import { STANDALONE } from '../latency/system.js';
import type { Place, RunningApp, Stage } from '../measuring/stage.js';
import type { Roles } from '../measuring/roles.js';
import { Worker } from '../measuring/worker.js';
import type { FillJob } from '../project/fill.js';
import type { Filled } from '../project/runs.js';
import { whole } from '../report/table.js';
import { Subscriptions } from '../webhooks/subscriptions.js';
import type { Options } from './options.js';
import { addDeliveries, addOrders, addTallies, DELIVERY_DAYS, settle } from './rows.js';

/** Whose the log is that the bench appends. */
export const TENANT = 'bench';
const SHOPS = ['shop-a', 'shop-b', 'shop-c', 'shop-d'];
/** Of the subscriptions of shops, so many fail, with so many dead letters each. */
const FAILING = 30;
const DEAD_EACH = 40;
const DAY_MS = 86_400_000;
const POLL_MS = 1_000;

export type Role = 'app' | 'Postgres';

const rolesOf = ({ directory }: Place): Roles<Role> => ({
  app: [STANDALONE],
  Postgres: ['postgres', join(directory, 'data/')],
});

/** The product on large data. */
export interface Ground {
  readonly app: RunningApp;
  readonly roles: Roles<Role>;
  readonly operator: Client;
  /** Of a tenant without webhooks. */
  readonly crowd: Client;
  /** Has most deliveries that succeeded. */
  readonly subscriptionId: string;
  /** Has dead letters only. */
  readonly deadId: string;
}

export async function prepareGround(options: Options, stage: Stage, place: Place): Promise<Ground> {
  const key = await stage.key(TENANT, ['*', 'operator']);
  const app = await startOnEvents(options.events, key, stage, place);
  const operator = new Client(() => app.url, key);
  const crowd = new Client(() => app.url, await stage.key('crowd'));
  const [subscriptionId = '', deadId = ''] = await place.step('subscribing', () =>
    subscribe(app, stage, key, options.subscriptions),
  );
  await place.step('adding deliveries, dead letters, tallies and orders', () =>
    addRows(place.addresses['DATABASE_URL'] ?? '', options, subscriptionId, deadId),
  );
  return { app, roles: rolesOf(place), operator, crowd, subscriptionId, deadId };
}

/** Pages are measured, not how long commands wait for projections on a crowded machine. */
const ENV = { COMMAND_MAX_LAG_MS: '0' };
/** It takes over a log that it has never seen. */
const READY_SECONDS = 900;

async function startOnEvents(events: number, key: string, stage: Stage, place: Place): Promise<RunningApp> {
  const filling = new Worker<FillJob, Filled>(
    new URL('../project/fill.ts', import.meta.url),
    place.addresses,
  );
  try {
    const job = { orderEvents: events, stockEvents: 0 };
    await place.step(`appending ${whole(events)} events`, () => filling.measure(job));
  } finally {
    filling.stop();
  }
  const plan = { title: 'product', program: STANDALONE, env: ENV, readySeconds: READY_SECONDS };
  const app = await stage.app(plan);
  await place.step('waiting for the projections', () => untilProjected(new Client(() => app.url, key)));
  return app;
}

interface Projection {
  readonly lagEvents?: number;
}

async function untilProjected(operator: Client): Promise<void> {
  for (;;) {
    const answer = await operator.get('/v1/operations/projections');
    const { items } = answer.body as { items: readonly Projection[] };
    if (items.length > 0 && items.every(({ lagEvents }) => lagEvents === 0)) return;
    await sleep(POLL_MS);
  }
}

/** @returns the ids of the two that belong to the tenant of the log */
async function subscribe(app: RunningApp, stage: Stage, apiKey: string, count: number): Promise<string[]> {
  const urls = (length: number) => Array.from({ length }, (_, nth) => `http://127.0.0.1:9/hooks/${nth}`);
  for (const shop of SHOPS)
    await new Subscriptions(app.url, await stage.key(shop)).make(urls(Math.ceil(count / SHOPS.length)));
  const made = await new Subscriptions(app.url, apiKey).make(urls(2));
  return made.map(({ subscriptionId }) => subscriptionId);
}

async function addRows(url: string, options: Options, subscriptionId: string, deadId: string): Promise<void> {
  const prisma = makePrisma({ url, poolSize: 1, timeoutMs: 60_000 });
  await new AttemptDays(prisma).lookAfter(DELIVERY_DAYS + 1, Date.now() - DELIVERY_DAYS * DAY_MS);
  await prisma.$disconnect();
  await onServer(url, async (client) => {
    await addDeliveries(client, subscriptionId, options.deliveries, false);
    await addDeliveries(client, deadId, options.deliveries, true);
    const { rows } = await client.query<{ id: string }>(
      'select subscription_id as id from webhook_subscription where tenant = any($1) limit $2',
      [SHOPS, FAILING],
    );
    for (const { id } of rows) await addDeliveries(client, id, DEAD_EACH, true);
    await addTallies(client);
    await addOrders(client, options.orders);
    await settle(client);
  });
}
