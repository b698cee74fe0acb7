import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiKeyRepository, makePrisma } from '#libs/persistence';
import { makeTestDirectory, testSettings } from '#libs/testing/servers';
import { type EmbeddedServer, runCli, startApp } from '../../tools/launcher/embedded.mjs';
import { Client } from './client.fixture.js';

export { type Answer, Client, someOrder } from './client.fixture.js';

export interface ServerUrls {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly DATABASE_URL: string;
}

/** The servers of the whole test run, but for the database, of which each file has its own. */
export function sharedServers(databaseUrl: string): ServerUrls {
  const { brokers, schemaRegistryUrl } = testSettings().kafka;
  return {
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
  };
}

export interface System {
  readonly app: EmbeddedServer;
  /** All that the app has written so far. */
  log(): Promise<string>;
  client(tenant: string): Promise<Client>;
  /** Stops the app. The log is shared: subscriptions that were left in it, the systems of later tests would deliver to. */
  stop(): Promise<void>;
}

/** The whole product as one process, on servers that are running. */
export async function startSystem(servers: ServerUrls, more: Record<string, string> = {}): Promise<System> {
  const logs = await makeTestDirectory('e2e');
  const env = { ...servers, WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true', ...more };
  const logFile = join(logs, 'app.log');
  await runCli({ args: ['deploy'], env, logFile });
  const app = await startApp({ env, logFile });
  const clients: Client[] = [];
  return {
    app,
    log: () => readFile(logFile, 'utf8'),
    client: async (tenant) => {
      const client = new Client(() => app.url, await makeKey(servers.DATABASE_URL, tenant));
      clients.push(client);
      return client;
    },
    stop: async () => {
      await Promise.all(clients.map(endSubscriptions));
      await app.stop();
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
    return (await new ApiKeyRepository(prisma).create(tenant, 'test')).key;
  } finally {
    await prisma.$disconnect();
  }
}

/** Looks again and again until the check passes; fails with the check's own message. Not a measure of speed. */
export async function eventually<Value>(
  check: () => Promise<Value> | Value,
  withinMs = 30_000,
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
