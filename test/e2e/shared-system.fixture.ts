import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDatabase } from '#libs/testing/servers';
import { freePort, runCli, shareApp, stopSharedApp } from '../../tools/launcher/embedded.mjs';
import { type System, systemOf } from './running-system.fixture.js';
import { type ServerUrls, sharedServers } from './servers.fixture.js';

const NAME = 'shared app';
const PLACE = process.env.ORDERSTREAM_TEST_DIRECTORY ?? tmpdir();
const LOG_FILE = join(PLACE, 'shared-app.log');
const STATE_FILE = join(PLACE, 'shared-system.json');

/** Small enough for specs to come to, and large enough for all others. */
export const SHARED_LIMITS = {
  batchBytes: 4_000_000,
  connectionsOfTenant: 400,
  subscriptionsOfTenant: 20,
  waitingQueries: 40,
};

const SETTINGS: Readonly<Record<string, string>> = {
  HTTP_BATCH_LIMIT_BYTES: String(SHARED_LIMITS.batchBytes),
  HTTP_MAX_IN_FLIGHT_BYTES: String(2 * SHARED_LIMITS.batchBytes),
  HTTP_MAX_CONNECTIONS_PER_TENANT: String(SHARED_LIMITS.connectionsOfTenant),
  LOG_LEVEL: 'debug',
  QUERY_MAX_WAITING: String(SHARED_LIMITS.waitingQueries),
  WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
  WEBHOOK_MAX_SUBSCRIPTIONS: String(SHARED_LIMITS.subscriptionsOfTenant),
};

interface State {
  readonly port: number;
  readonly databaseUrl: string;
  /** With which the app was started last. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * The one system of the test run, started by the first spec that asks for it. Each spec has tenants of its own in it. It may
 * be restarted, and its caches emptied; what a spec breaks in it, it mends again.
 * @param more settings that are not those of the others: it is restarted with them, and again for the next spec
 */
export async function sharedSystem(more: Readonly<Record<string, string>> = {}): Promise<System> {
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
export const stopSharedSystem = (): Promise<void> => stopSharedApp(NAME, LOG_FILE);

/** What the shared system stands on, while it is stopped: for specs that run its apps apart. */
export async function serversOfSharedSystem(): Promise<ServerUrls> {
  await stopSharedSystem();
  const { port, databaseUrl } = (await known()) ?? (await deploy());
  await save({ port, databaseUrl, settings: {} });
  return sharedServers(databaseUrl);
}

const save = (state: State): Promise<void> => writeFile(STATE_FILE, JSON.stringify(state));

async function known(): Promise<State | undefined> {
  return existsSync(STATE_FILE) ? (JSON.parse(await readFile(STATE_FILE, 'utf8')) as State) : undefined;
}

async function deploy(): Promise<Pick<State, 'port' | 'databaseUrl'>> {
  const { url } = await makeDatabase();
  await runCli({ args: ['deploy'], env: { ...sharedServers(url) }, logFile: join(PLACE, 'deploy.log') });
  return { port: await freePort(), databaseUrl: url };
}
