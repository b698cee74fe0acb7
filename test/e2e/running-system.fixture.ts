import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { ApiKeyRepository, makePrisma } from '#libs/persistence';
import type { EmbeddedServer } from '../../tools/launcher/embedded.mjs';
import { Client } from './client.fixture.js';

export interface System {
  readonly app: EmbeddedServer;
  readonly databaseUrl: string;
  /** What the app has written since the spec has it. */
  log(): Promise<string>;
  client(tenant: string): Promise<Client>;
  /** Ends all subscriptions of its clients, since the log outlives them; then stops the app, if it is the spec's own. */
  stop(): Promise<void>;
}

export interface RunningApp {
  readonly app: EmbeddedServer;
  readonly databaseUrl: string;
  readonly logFile: string;
  /** What was in the log before. */
  readonly logStart: number;
  stop(): Promise<void>;
}

export function systemOf({ app, databaseUrl, logFile, logStart, stop }: RunningApp): System {
  const clients: Client[] = [];
  return {
    app,
    databaseUrl,
    log: () => readFrom(logFile, logStart),
    client: async (tenant) => {
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

const readFrom = (file: string, start: number): Promise<string> =>
  text(createReadStream(file, { start, encoding: 'utf8' }));

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
