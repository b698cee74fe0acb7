/**
 * @own-servers
 *
 * Promise 5 under faults: whatever happens to projectors and their database, each read model is the fold of the log.
 * For longer than in the test run: INTEGRITY_SECONDS=600.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicPartitionKey } from '#libs/kernel';
import { makePrisma } from '#libs/postgres';
import { ProjectionCommands } from '#libs/projections/postgres';
import { makeTestDirectory } from '#libs/testing';
import type { EmbeddedServer } from '../../tools/launcher/embedded.mjs';
import { eventually } from '../e2e/system.fixture.js';
import { Client, positionOf, someOrder } from '../systems/client.js';
import { readMetrics } from '../systems/metrics.js';
import { deployProduct, type Product } from '../systems/product.js';
import { type Servers, startServers } from '../systems/servers.js';
import { LatestPositions } from './latest-positions.js';

const SECONDS = Number(process.env.INTEGRITY_SECONDS ?? 40);
const CLIENTS = 8;
const STEPS = ['confirmed', 'shipped', 'delivered', 'completed'];
/** Between faults, at most. */
const PAUSE_MS = 2_500;

describe('read models, while projectors are killed, rebalanced, and lose their database', () => {
  let servers: Servers;
  let product: Product;
  let projectors: EmbeddedServer[];
  let client: Client;
  const faults = new Map<string, number>();
  const acknowledged = new LatestPositions();

  beforeAll(async () => {
    const directory = await makeTestDirectory('projection-faults');
    servers = await startServers({ directory: join(directory, 'servers'), durable: true });
    // Keys are in the database too.
    product = await deployProduct(directory, { ...servers.env, API_KEY_CACHE_MS: '3600000' });
    const [{ app: commands }, ...started] = await Promise.all([
      product.start('command-api'),
      product.start('projector', { name: 'first' }),
      product.start('projector', { name: 'second' }),
    ]);
    projectors = started.map(({ app }) => app);
    client = new Client(() => commands.url, await product.newKey(), 10_000);
  });
  afterAll(async () => {
    await product?.stop();
    await servers?.stop();
  });

  async function ask(method: string, path: string, body: unknown): Promise<{ orderId?: string } | undefined> {
    const answer = await client.request(method, path, body).catch(() => undefined);
    if (!answer || answer.status >= 300) return undefined;
    acknowledged.add(positionOf(answer));
    return answer.body;
  }

  /** Projections that have not read all that was acknowledged. Their lag tells less: it is of what they have heard of. */
  async function behind(): Promise<string[]> {
    const prisma = makePrisma({ url: servers.postgres.url, poolSize: 1, timeoutMs: 5_000 });
    try {
      const standings = await new ProjectionCommands(prisma).status();
      return standings
        .filter(({ topic, partition, nextOffset }) => nextOffset <= (acknowledged.of(topic, partition) ?? -1))
        .map((standing) => `${standing.projection} ${topicPartitionKey(standing)}`);
    } finally {
      await prisma.$disconnect();
    }
  }

  /** Orders, each with a part of a life. What is refused during a fault is of no interest here. */
  async function write(until: () => boolean): Promise<void> {
    while (until()) {
      const order = await ask('POST', '/v1/orders', someOrder());
      await ask('POST', `/v1/stock/tea-${Math.floor(Math.random() * 5)}/receipts`, { quantity: 1 });
      const steps = order ? STEPS.slice(0, Math.floor(Math.random() * (STEPS.length + 1))) : [];
      for (const status of steps) await ask('PATCH', `/v1/orders/${order?.orderId}/status`, { status });
      await sleep(20);
    }
  }

  async function hurt(): Promise<void> {
    const projector = projectors[Math.floor(Math.random() * projectors.length)]!;
    const kinds: Record<string, () => Promise<unknown>> = {
      'kill a projector': () => projector.restart('SIGKILL'),
      'restart a projector': () => projector.restart('SIGTERM'),
      'freeze a projector past its session': async () => {
        projector.pause();
        await sleep(8_000);
        projector.resume();
      },
      'kill Postgres': () => servers.postgres.restart('SIGKILL'),
      'restart Postgres': () => servers.postgres.restart('SIGTERM'),
    };
    const names = Object.keys(kinds);
    // Each in turn, so that a short run has them all.
    const name = names[[...faults.values()].reduce((sum, count) => sum + count, 0) % names.length]!;
    faults.set(name, (faults.get(name) ?? 0) + 1);
    await kinds[name]!();
  }

  it(
    'are the fold of the log',
    async () => {
      const end = Date.now() + SECONDS * 1_000;
      const load = Promise.all(Array.from({ length: CLIENTS }, () => write(() => Date.now() < end)));
      while (Date.now() < end) {
        await sleep(Math.random() * PAUSE_MS);
        await hurt();
      }
      await load;
      await eventually(async () => expect(await behind()).toEqual([]));
      // Each of one moment: what is still being taken counts in both.
      for (const { url } of projectors)
        await eventually(async () => {
          const metrics = [...(await readMetrics(url))];
          const counts = (name: string) =>
            metrics.filter(([series]) => series.startsWith(`${name}{`)).map(([, value]) => value);
          expect(counts('orderstream_projection_lag_events')).not.toEqual([]);
          expect(counts('orderstream_projection_events_seen_total')).toEqual(
            counts('orderstream_projection_events_applied_total'),
          );
        });
      const report = await product.cli(['verify']);
      process.stdout.write(
        `${[...faults].map(([name, count]) => `${count} × ${name}`).join(', ')}\n${report}\n`,
      );
    },
    SECONDS * 1_000 + 300_000,
  );
});
