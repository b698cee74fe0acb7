import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiKeyRepository, makePrisma } from '#libs/persistence';
import { makeTestDirectory, testSettings } from '#libs/testing/servers';
import { type EmbeddedServer, runCli, startApp } from '../../tools/launcher/embedded.mjs';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

const isRaw = (body: unknown): body is string | Buffer => typeof body === 'string' || Buffer.isBuffer(body);

/** A client of the running system, of one tenant. */
export class Client {
  constructor(
    private readonly url: () => string,
    readonly apiKey: string,
  ) {}

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  get = (path: string, headers?: Record<string, string>) => this.request('GET', path, undefined, headers);
  post = (path: string, body: unknown, headers?: Record<string, string>) =>
    this.request('POST', path, body, headers);
  patch = (path: string, body: unknown, headers?: Record<string, string>) =>
    this.request('PATCH', path, body, headers);
  delete = (path: string) => this.request('DELETE', path);

  /** Creates an order, and gives its id. */
  async createOrder(customerId = 'c-1'): Promise<string> {
    const { status, body } = await this.post('/v1/orders', someOrder(customerId));
    expect(status).toBe(201);
    return body.orderId;
  }

  async step(orderId: string, status: string): Promise<Answer> {
    return this.patch(`/v1/orders/${orderId}/status`, { status });
  }
}

export const someOrder = (customerId = 'c-1') => ({
  customer: { id: customerId },
  currency: 'EUR',
  items: [{ sku: 'tea-earl-grey', quantity: 2, unitPrice: 950 }],
});

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
}

/** The whole product as one process, on servers that are running. */
export async function startSystem(servers: ServerUrls, more: Record<string, string> = {}): Promise<System> {
  const logs = await makeTestDirectory('e2e');
  const env = { ...servers, WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true', ...more };
  const logFile = join(logs, 'app.log');
  await runCli({ args: ['deploy'], env, logFile });
  const app = await startApp({ env, logFile });
  return {
    app,
    log: () => readFile(logFile, 'utf8'),
    client: async (tenant) => new Client(() => app.url, await makeKey(servers.DATABASE_URL, tenant)),
  };
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
