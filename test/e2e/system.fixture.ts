import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { makeDatabase, makeTestDirectory, testSettings } from '#libs/testing';
import {
  type EmbeddedServer,
  freePort,
  runCli,
  shareApp,
  startApp,
  stopSharedApp,
} from '../../tools/launcher/embedded.mjs';
import { Client } from '../systems/client.js';
import type { ServerUrls } from '../systems/servers.js';

export { type Answer, Client, locationOf, positionOf, someOrder } from '../systems/client.js';

type Environment = Readonly<Record<string, string>>;

const NAME = 'shared app';
const PLACE = process.env.ORDERSTREAM_TEST_DIRECTORY ?? tmpdir();
const LOG_FILE = join(PLACE, 'shared-app.log');
const STATE_FILE = join(PLACE, 'shared-system.json');

/** Small enough for specs to reach, and large enough for all others. */
export const SHARED_LIMITS = {
  batchBytes: 4_000_000,
  connectionsOfTenant: 400,
  subscriptionsOfTenant: 20,
  waitingQueries: 40,
};

/** Under which the shared system seals personal data. */
const SHARED_PERSONAL_DATA_KEY = Buffer.alloc(32, 9).toString('base64');

const SETTINGS: Environment = {
  HTTP_BATCH_LIMIT_BYTES: String(SHARED_LIMITS.batchBytes),
  HTTP_MAX_IN_FLIGHT_BYTES: String(2 * SHARED_LIMITS.batchBytes),
  HTTP_MAX_CONNECTIONS_PER_TENANT: String(SHARED_LIMITS.connectionsOfTenant),
  LOG_LEVEL: 'debug',
  QUERY_MAX_WAITING: String(SHARED_LIMITS.waitingQueries),
  WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
  WEBHOOK_MAX_SUBSCRIPTIONS: String(SHARED_LIMITS.subscriptionsOfTenant),
};

export interface System {
  readonly app: EmbeddedServer;
  readonly databaseUrl: string;
  /** The app's log since the spec began to use it. */
  log(): Promise<string>;
  /** A client of the tenant, or of a new one. */
  client(tenant?: string): Promise<Client>;
  /** Ends all subscriptions of its clients, since the log outlives them; then stops the app, if it is the spec's own. */
  stop(): Promise<void>;
}

/**
 * The shared system for a whole spec, with a client of a tenant of its own: one for the spec, or one for each test. Both
 * are there once the hooks have run.
 */
export function useSharedSystem({
  settings = {},
  clientFor = 'spec',
}: {
  settings?: Environment;
  clientFor?: 'spec' | 'test';
} = {}): { system: System; client: Client } {
  let system: System | undefined;
  let client: Client | undefined;
  beforeAll(async () => {
    system = await sharedSystem(settings);
    if (clientFor === 'spec') client = await system.client();
  });
  afterAll(() => system?.stop());
  if (clientFor === 'test')
    beforeEach(async () => {
      client = await system?.client();
    });
  return { system: current(() => system), client: current(() => client) };
}

/** Stands for an object that hooks make later, and anew. */
const current = <Value extends object>(find: () => Value | undefined): Value =>
  new Proxy({} as Value, {
    get: (_, name) => {
      const found = find();
      if (!found) throw new Error(`${String(name)} is wanted before the hooks have run`);
      const member: unknown = Reflect.get(found, name);
      return typeof member === 'function' ? member.bind(found) : member;
    },
  });

interface State {
  readonly port: number;
  readonly databaseUrl: string;
  /** The settings with which the app was started last. */
  readonly settings: Environment;
}

/**
 * The one system of the test run, started by the first spec that asks for it. Each spec has tenants of its own in it. It may
 * be restarted, and its caches emptied; what a spec breaks in it, it mends again.
 * @param more settings that are not those of the others: it is restarted with them, and again for the next spec
 */
async function sharedSystem(more: Environment): Promise<System> {
  const settings = { ...SETTINGS, ...more };
  const before = await known();
  const { port, databaseUrl } = before ?? (await deploy());
  if (before && JSON.stringify(before.settings) !== JSON.stringify(settings)) await stopSharedSystem();
  await save({ port, databaseUrl, settings });
  const env = { ...sharedServers(databaseUrl), ...settings };
  const { size: logStart } = await stat(LOG_FILE).catch(() => ({ size: 0 }));
  const app = await shareApp({ name: NAME, env, port, logFile: LOG_FILE });
  return systemOf({ app, databaseUrl, logFile: LOG_FILE, logStart, stop: async () => {} });
}

/** Two systems with one log and different databases would each have a part of it: this one stops for the other. */
const stopSharedSystem = (): Promise<void> => stopSharedApp(NAME, LOG_FILE);

/** Stops the shared system, and gives its servers to a spec that runs the apps apart. */
export async function serversOfSharedSystem(): Promise<ReturnType<typeof sharedServers>> {
  await stopSharedSystem();
  const { port, databaseUrl } = (await known()) ?? (await deploy());
  await save({ port, databaseUrl, settings: {} });
  return sharedServers(databaseUrl);
}

/** The servers of the whole test run, but for the database; and the key of what is sealed there. */
export function sharedServers(databaseUrl: string): ServerUrls & { readonly PERSONAL_DATA_KEY: string } {
  const { brokers, registry } = testSettings().kafka;
  return {
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: databaseUrl,
    PERSONAL_DATA_KEY: SHARED_PERSONAL_DATA_KEY,
  };
}

const save = (state: State): Promise<void> => writeFile(STATE_FILE, JSON.stringify(state));

async function known(): Promise<State | undefined> {
  return existsSync(STATE_FILE) ? (JSON.parse(await readFile(STATE_FILE, 'utf8')) as State) : undefined;
}

async function deploy(): Promise<Pick<State, 'port' | 'databaseUrl'>> {
  const { url } = await makeDatabase();
  await runCli({ args: ['deploy'], env: sharedServers(url), logFile: join(PLACE, 'deploy.log') });
  return { port: await freePort(), databaseUrl: url };
}

/**
 * A system of a spec's own, for those that stop servers or keep a database from the others.
 * @param checkout another built checkout
 */
export async function startSystem(
  servers: ServerUrls,
  more: Environment = {},
  checkout = process.cwd(),
): Promise<System> {
  if (servers.KAFKA_BROKERS === testSettings().kafka.brokers.join(',')) await stopSharedSystem();
  const logFile = join(await makeTestDirectory('e2e'), 'app.log');
  const env = { ...servers, WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true', ...more };
  await runCli({ args: ['deploy'], env, logFile, program: join(checkout, 'apps/cli/bin/orderstream.js') });
  const app = await startApp({ env, logFile, program: join(checkout, 'dist/apps/standalone/src/main.js') });
  const databaseUrl = servers.DATABASE_URL;
  return systemOf({ app, databaseUrl, logFile, logStart: 0, stop: () => app.stop() });
}

interface RunningApp {
  readonly app: EmbeddedServer;
  readonly databaseUrl: string;
  readonly logFile: string;
  /** The size of the log before. */
  readonly logStart: number;
  stop(): Promise<void>;
}

function systemOf({ app, databaseUrl, logFile, logStart, stop }: RunningApp): System {
  const clients: Client[] = [];
  return {
    app,
    databaseUrl,
    log: () => text(createReadStream(logFile, { start: logStart, encoding: 'utf8' })),
    client: async (tenant = `tenant-${randomUUID()}`) => {
      const client = new Client(() => app.url, await makeKey(databaseUrl, tenant));
      clients.push(client);
      return client;
    },
    stop: async () => {
      // A spec that failed may have left the app stopped.
      await Promise.allSettled(clients.map(endSubscriptions));
      await stop();
    },
  };
}

async function endSubscriptions(client: Client): Promise<void> {
  const path = '/v1/webhook-subscriptions';
  const { body } = await client.get(`${path}?limit=500`);
  for (const { subscriptionId } of body.items ?? []) await client.delete(`${path}/${subscriptionId}`);
}

async function makeKey(databaseUrl: string, tenant: string): Promise<string> {
  const prisma = makePrisma({ url: databaseUrl, poolSize: 1, timeoutMs: 5_000 });
  try {
    return (await new ApiKeyRepository(prisma).create({ tenant, name: 'test' })).key;
  } finally {
    await prisma.$disconnect();
  }
}

/** Looks again and again until the check passes; fails with the check's own message. Not a measure of speed. */
export async function eventually<Value>(
  check: () => Promise<Value> | Value,
  withinMs = 120_000,
): Promise<Value> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
