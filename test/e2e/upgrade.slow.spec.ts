import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { makeTestDirectory } from '#libs/testing';
import { runCli, startApp } from '../../tools/launcher/embedded.mjs';
import { LogReader } from '../integrity/log-reader.js';
import { buildFormerVersion, hasCommit } from '../systems/former-version.js';
import type { EmbeddedServer } from '../../tools/launcher/embedded.mjs';
import { type Servers, startServers } from '../systems/servers.js';
import { inDatabase } from './commands.fixture.js';
import { Client, eventually, someOrder } from './system.fixture.js';

/** The last version before operators had an API of their own: seven migrations and three versions of schemas ago. */
const FORMER = '248ae8a6ccb69892117947051d21af2503f057e1';

const CLIENTS = 6;
const LEAST_ORDERS = 40;
const STEPS = ['confirmed', 'shipped', 'delivered'];
const VERSIONS = [1, 2, 3, 4];
const PATIENT = { maxAttempts: 50, initialDelayMs: 100, maxDelayMs: 500, timeoutMs: 30_000 };
const isThere = hasCommit(FORMER);
if (!isThere) console.warn(`The upgrade is not tested: this clone lacks commit ${FORMER}.`);

let servers: Servers;
let env: Record<string, string>;
let directory: string;

beforeAll(async () => {
  directory = await makeTestDirectory('upgrade');
  servers = await startServers({ directory: await makeTestDirectory('upgraded-servers') });
  env = {
    ...servers.env,
    WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    WEBHOOK_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
});
afterAll(() => servers?.stop());

const started: EmbeddedServer[] = [];
afterAll(() => Promise.all(started.map((app) => app.stop())));

/** @param checkout of the version that is meant */
async function start(checkout: string, logFile = join(directory, `app-${started.length}.log`)) {
  const program = join(checkout, 'dist/apps/standalone/src/main.js');
  const app = await startApp({ env, logFile, program });
  started.push(app);
  return app;
}
const cli = (checkout: string, ...args: string[]): Promise<string> =>
  runCli({
    args,
    env,
    logFile: join(directory, 'cli.log'),
    program: join(checkout, 'apps/cli/bin/orderstream.js'),
  });

function versionsOf(events: readonly (readonly [orderId: unknown, version: number])[]) {
  const versions = new Map<unknown, number[]>();
  for (const [orderId, version] of events) versions.set(orderId, [...(versions.get(orderId) ?? []), version]);
  return versions;
}

/**
 * Two instances of the former version are replaced one after the other, under load, by two of this one. Guaranteed: every
 * command succeeds, each order has each of its versions once, and its webhooks arrive in order.
 */
(isThere ? it : it.skip)('is upgraded with both versions side by side', async () => {
  const now = process.cwd();
  const former = join(directory, 'former');
  await buildFormerVersion(FORMER, former);
  await cli(former, 'deploy');
  const receiver = await WebhookReceiver.start();
  const live = await Promise.all([start(former), start(former)]);
  const apiKey = (
    await cli(former, 'keys', 'create', '--tenant', 'acme', '--name', 'test', '--quiet')
  ).trim();
  const clientOf = ({ url }: EmbeddedServer) => new Client(() => url, apiKey);
  await clientOf(live[0]).subscribe({ callbackUrl: receiver.url, eventTypes: ['order.*'], retry: PATIENT });

  const failed: string[] = [];
  const repeated: string[] = [];
  const completed: string[] = [];
  const stop = new AbortController();
  let turn = 0;

  /** As clients do behind a load balancer: under its key, again if it could not be carried out. */
  async function insist(method: string, path: string, body: object): Promise<string> {
    const key = { 'idempotency-key': randomUUID() };
    for (;;) {
      const client = clientOf(live[turn++ % live.length]!);
      const answer = await client.request(method, path, body, key).catch(() => undefined);
      if (answer && answer.status < 300) return answer.body.orderId;
      if (answer && answer.status !== 503) {
        failed.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
        throw new Error(failed.at(-1));
      }
      repeated.push(answer ? `503 ${answer.body.code}` : 'no answer');
      await sleep(50);
    }
  }
  async function shop(): Promise<void> {
    while (!stop.signal.aborted) {
      const orderId = await insist('POST', '/v1/orders', someOrder());
      for (const status of STEPS) await insist('PATCH', `/v1/orders/${orderId}/status`, { status });
      completed.push(orderId);
    }
  }
  const shoppers = Array.from({ length: CLIENTS }, shop);
  const someMore = async () => {
    const before = completed.length;
    await eventually(() => {
      expect(failed).toEqual([]);
      expect(completed.length).toBeGreaterThan(before + LEAST_ORDERS);
    });
  };
  /** It gets no new requests from just before its end. */
  const replace = async (app: EmbeddedServer) => {
    live.push(await start(now));
    await someMore();
    live.splice(live.indexOf(app), 1);
    await app.stop();
    await someMore();
  };

  await someMore();
  await cli(now, 'deploy');
  await someMore();
  for (const app of live.slice()) await replace(app);
  stop.abort();
  await Promise.all(shoppers);
  expect(failed).toEqual([]);
  console.log(`${completed.length} orders; repeated: ${repeated.join(', ')}`);

  const log = await new LogReader(
    servers.env.KAFKA_BROKERS,
    servers.env.SCHEMA_REGISTRY_URL,
    join(directory, 'log'),
  ).read('orders');
  const written = versionsOf(log.map(({ streamId, version }) => [streamId, version]));
  expect([...written.keys()].toSorted()).toEqual(completed.toSorted());
  for (const versions of written.values()) expect(versions).toEqual(VERSIONS);

  await eventually(() =>
    expect(new Set(receiver.accepted.map(({ event }) => event.eventId)).size).toBe(log.length),
  );
  // A repeat has the same id.
  const arrived = new Map(receiver.accepted.map(({ event }) => [event.eventId, event]));
  const delivered = versionsOf([...arrived.values()].map(({ data, version }) => [data.orderId, version]));
  for (const versions of delivered.values()) expect(versions).toEqual(VERSIONS);
  expect(await cli(now, 'verify')).not.toContain('DIFFERS');
  await receiver.close();
});

describe('what may not be mixed', () => {
  const now = process.cwd();
  /** @returns what an app says that does not start */
  async function complaintOf(checkout: string): Promise<string> {
    const logFile = join(directory, `refused-${randomUUID()}.log`);
    await expect(start(checkout, logFile)).rejects.toThrow('ended before it was ready');
    return readFile(logFile, 'utf8');
  }

  it('is refused: an app on a database that was not migrated for it', async () => {
    await cli(now, 'deploy');
    await inDatabase(
      env['DATABASE_URL']!,
      `delete from _prisma_migrations where migration_name like '%webhook_skips'`,
    );
    expect(await complaintOf(now)).toMatch(/lacks .*webhook_skips: run "orderstream deploy"/);
    await inDatabase(env['DATABASE_URL']!, 'drop table webhook_skip');
    await cli(now, 'deploy');
  });

  it('is refused: to deploy over a database that a newer version has migrated', async () => {
    await inDatabase(
      env['DATABASE_URL']!,
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at) values ('x', 'x', '20990101000000_later', now())`,
    );
    await expect(cli(now, 'deploy')).rejects.toThrow();
    // Beside the newer version, or to go back to this one.
    const app = await start(now);
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
    await app.stop();
    await inDatabase(env['DATABASE_URL']!, `delete from _prisma_migrations where id = 'x'`);
  });

  it('is refused: a version that is older than what was deployed allows, and ends where it runs', async () => {
    const app = await start(now);
    const apiKey = (await cli(now, 'keys', 'create', '--tenant', 'old', '--name', 'test', '--quiet')).trim();
    const client = new Client(() => app.url, apiKey);
    expect((await client.post('/v1/orders', someOrder())).status).toBe(201);
    const producer = new kafkajs.Kafka({
      brokers: [servers.env.KAFKA_BROKERS],
      logLevel: kafkajs.logLevel.NOTHING,
    }).producer();
    await producer.connect();
    const write = (level: number, oldest: number) =>
      producer.send({
        topic: 'orderstream-manifest',
        messages: [{ key: 'version', value: JSON.stringify({ level, oldest }), partition: 0 }],
      });
    await write(9, 8);
    expect(await complaintOf(now)).toContain('needs level 8 or newer');
    await expect(cli(now, 'deploy')).rejects.toThrow();
    // It looks once a minute, and ends.
    await eventually(() => expect(client.get('/health/live')).rejects.toThrow('fetch failed'));
    await write(1, 0);
    await producer.disconnect();
    await app.restart();
    await eventually(async () => expect((await client.post('/v1/orders', someOrder())).status).toBe(201));
  });
});
