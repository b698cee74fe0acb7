/** @own-servers */
import { execFileSync } from 'node:child_process';
import { Client as PostgresClient } from 'pg';
import { makeApiKey } from '#libs/platform';
import { makeTestDirectory } from '#libs/testing';
import { type Servers, startServers } from '../systems/servers.js';
import {
  type Answer,
  Client,
  eventually,
  locationOf,
  someOrder,
  startSystem,
  type System,
} from './system.fixture.js';
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';

/** The longest wait for an answer, whatever server is away. */
const ANSWER_WITHIN_MS = 40_000;

/** Nobody listens there, and nothing is sent. */
const SUBSCRIPTION = { callbackUrl: 'http://127.0.0.1:9/hook', eventTypes: ['webhook.test'] };

describe('while a server is away', () => {
  let servers: Servers;
  let system: System;
  let client: Client;
  let subscription: string;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    servers = await startServers({ directory: await makeTestDirectory('outages') });
    system = await startSystem(servers.env);
    client = await system.client('tenant');
    await post(); // the app is warm: it has met its tenant and its schemas
    subscription = locationOf(await client.subscribe(SUBSCRIPTION));
  });

  afterAll(async () => {
    await system?.app.stop();
    await servers?.stop();
  });

  async function post(): Promise<Answer> {
    const started = Date.now();
    const answer = await client.post('/v1/orders', someOrder());
    expect(Date.now() - started).toBeLessThan(ANSWER_WITHIN_MS);
    if (answer.status === 201) acknowledged.push(answer.body.orderId);
    return answer;
  }

  /** Signals the server and its children, which would go on serving connections without it. */
  function signalPostgres(signal: NodeJS.Signals): void {
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(servers.postgres.pid)], {
      encoding: 'utf8',
    });
    for (const pid of [servers.postgres.pid, ...children.trim().split(/\s+/).map(Number)])
      process.kill(pid, signal);
  }

  /** Its threads stop one after the other, and until then one of them may still take an order. */
  async function freezeKafka(): Promise<void> {
    process.kill(servers.kafka.pid, 'SIGSTOP');
    const threads = ['-L', '-o', 'stat=', '-p', String(servers.kafka.pid)];
    await eventually(() => {
      const states = execFileSync('ps', threads, { encoding: 'utf8' }).trim().split('\n');
      expect(states.filter((state) => !state.startsWith('T'))).toEqual([]);
    });
  }

  /** A load balancer goes by `started`: what can be answered while a server is away must reach a process. */
  const health = async () => ({
    ready: (await client.get('/health/ready')).status,
    started: (await client.get('/health/started')).status,
  });
  const postMany = (count: number) => Promise.all(Array.from({ length: count }, post));
  const statuses = (answers: readonly Answer[]) =>
    [...new Set(answers.map(({ status }) => status))].toSorted();

  const everythingIsThere = () =>
    eventually(async () => {
      const { status, body } = await client.get('/v1/orders?limit=500');
      expect(status).toBe(200);
      const found = new Set(body.items.map((order: { orderId: string }) => order.orderId));
      expect(acknowledged.filter((orderId) => !found.has(orderId))).toEqual([]);
      expect((await client.get('/health/ready')).status).toBe(200);
    });

  it('takes orders without the schema registry', async () => {
    await servers.registry.stop('SIGKILL');
    expect(statuses(await postMany(10))).toEqual([201]);
    await servers.registry.restart();
    await everythingIsThere();
  });

  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    'answers 503 without Kafka (%s), and takes orders when it is back',
    async (signal) => {
      if (signal === 'SIGSTOP') await freezeKafka();
      else await servers.kafka.stop('SIGKILL');
      const answers = await postMany(10);
      expect(statuses(answers)).toEqual([503]);
      for (const { headers, body } of answers) {
        expect(headers.get('retry-after')).toMatch(/^\d+$/);
        expect(['unavailable', 'outcome-unknown']).toContain(body.code);
      }
      // A subscription can be read, and not be changed.
      expect((await client.get(subscription)).status).toBe(200);
      for (const change of [`${subscription}/pause`, `${subscription}/secret/rotate`])
        expect((await client.post(change, {})).status).toBe(503);
      expect((await client.post('/v1/webhook-subscriptions', SUBSCRIPTION)).status).toBe(503);
      if (signal === 'SIGSTOP') process.kill(servers.kafka.pid, 'SIGCONT');
      else await servers.kafka.restart();
      await eventually(async () => expect((await post()).status).toBe(201));
      await everythingIsThere();
    },
  );

  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    'takes orders or answers 503 without Postgres (%s)',
    async (signal) => {
      const hang = signal === 'SIGSTOP';
      if (hang) signalPostgres('SIGSTOP');
      else await servers.postgres.stop('SIGKILL');
      for (const { status } of await postMany(10)) expect([201, 503]).toContain(status);
      const started = Date.now();
      expect((await client.get('/v1/orders')).status).toBe(503);
      expect(Date.now() - started).toBeLessThan(ANSWER_WITHIN_MS);
      expect(await health()).toEqual({ ready: 503, started: 200 });
      if (hang) signalPostgres('SIGCONT');
      else await servers.postgres.restart();
      await eventually(async () => expect((await post()).status).toBe(201));
      await everythingIsThere();
    },
  );

  /** Asks every route; none may answer with a fault of ours. */
  async function everyRoute(): Promise<RouteAnswer[]> {
    const [subscriptionId = ''] = subscription.split('/').slice(-1);
    const answers = await askEveryRoute(client, { orderId: acknowledged[0]!, subscriptionId });
    const unavailable = answers.filter(({ status }) => status >= 500);
    for (const { route, status, headers, body } of unavailable) {
      const retryAfter = Number(headers.get('retry-after'));
      expect({ route, status, code: body.code, retryAfter }).toEqual({
        route,
        status: 503,
        code: expect.stringMatching(/^(?:unavailable|outcome-unknown)$/),
        retryAfter: expect.any(Number),
      });
      expect(retryAfter).toBeGreaterThan(0);
    }
    return answers;
  }

  const refused = (answers: readonly RouteAnswer[]) =>
    answers.filter(({ status }) => status === 503).map(({ route }) => route);

  describe('when Postgres is there, and of no use', () => {
    let owner: PostgresClient;
    let database: string;
    beforeAll(async () => {
      owner = new PostgresClient({ connectionString: servers.postgres.url });
      await owner.connect();
      ({ database } = (await owner.query('select current_database() as database')).rows[0]);
    });
    afterEach(() => restore());
    afterAll(() => owner.end());

    /** Sessions that are there go on as they began. */
    const restore = () =>
      owner.query(
        `begin read write; alter database ${database} connection limit -1;
         alter database ${database} reset default_transaction_read_only; commit`,
      );

    /** Makes the change, which new sessions feel, and ends all others. */
    async function change(statement: string): Promise<void> {
      await owner.query(`begin read write; alter database ${database} ${statement}; commit`);
      await owner.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user',
      );
    }

    it('answers 503 on every route while all slots are taken', async () => {
      expect(refused(await everyRoute())).toEqual([]);
      await change('connection limit 1');
      // Whom an operator's route refuses, it refuses without asking the database again.
      const isAnswer = ({ status }: { status: number }) => status !== 503 && status !== 403;
      const answered = (await everyRoute()).filter(isAnswer).map(({ route }) => route);
      // The log is all that the one reads, and the other nothing.
      expect(answered.filter((route) => route.startsWith('GET ')).toSorted()).toEqual([
        'GET /v1/event-types',
        'GET /v1/events',
      ]);
      // Nobody knows whose key that is.
      const stranger = new Client(() => system.app.url, makeApiKey());
      expect(await stranger.get('/v1/orders')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      await restore();
      await eventually(async () => expect(refused(await everyRoute())).toEqual([]));
      await everythingIsThere();
    });

    it('answers 503 to what writes while it only reads, and throws such sessions away', async () => {
      await change('set default_transaction_read_only = on');
      await eventually(async () => expect((await client.get('/v1/orders')).status).toBe(200));
      const answers = refused(await everyRoute());
      expect(answers).toContain('POST /v1/webhook-subscriptions/{subscriptionId}/replay');
      await restore();
      await eventually(async () => expect(refused(await everyRoute())).toEqual([]));
      await everythingIsThere();
    });
  });
});

interface KnownIds {
  readonly orderId: string;
  readonly subscriptionId: string;
}

interface RouteAnswer extends Answer {
  /** Such as `GET /v1/orders`. */
  readonly route: string;
}

const AT_ONCE = 4;
const EVERYTHING = { all: true };

const BODIES: Readonly<Record<string, () => unknown>> = {
  'POST /v1/orders': () => someOrder(),
  'POST /v1/orders/batch': () => [someOrder()],
  'PATCH /v1/orders/{orderId}/status': () => ({ status: 'confirmed' }),
  'POST /v1/stock/{sku}/receipts': () => ({ quantity: 1 }),
  'POST /v1/stock/{sku}/adjustments': () => ({ quantity: 1, reason: 'counted' }),
  'PUT /v1/stock/{sku}/threshold': () => ({ lowAt: 1 }),
  'POST /v1/payments/{orderId}/review': () => ({ decision: 'approve' }),
  'POST /v1/webhook-subscriptions': () => ({
    callbackUrl: 'http://127.0.0.1:9/hook',
    eventTypes: ['webhook.test'],
  }),
  'PATCH /v1/webhook-subscriptions/{subscriptionId}': () => ({ eventTypes: ['webhook.test'] }),
  'POST /v1/webhook-subscriptions/{subscriptionId}/replay': () => ({ from: 'beginning' }),
  'POST /v1/webhook-subscriptions/{subscriptionId}/dead-letters/redrive': () => EVERYTHING,
  'POST /v1/webhook-subscriptions/{subscriptionId}/dead-letters/skip': () => EVERYTHING,
};

const QUERIES: Readonly<Record<string, string>> = {
  '/v1/events': '?from=beginning&wait=0',
  '/v1/webhook-subscriptions/{subscriptionId}/explain': '?position=orders/0@0',
};

/** Asks every route that is documented and needs a key, once, so that it would be answered well on a sound system. */
async function askEveryRoute(client: Client, { orderId, subscriptionId }: KnownIds): Promise<RouteAnswer[]> {
  const { paths } = (await client.get('/openapi.json')).body as { paths: Record<string, object> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
  const limit = pLimit(AT_ONCE);
  const ask = async (method: string, path: string): Promise<RouteAnswer> => {
    const route = `${method} ${path}`;
    const filled = path
      .replace('{orderId}', orderId)
      .replace('{sku}', 'tea')
      // The existing subscription is still needed.
      .replace('{subscriptionId}', method === 'DELETE' ? randomUUID() : subscriptionId)
      .replace(/\{\w+\}/g, () => randomUUID());
    const query = QUERIES[path] ?? '';
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? (BODIES[route]?.() ?? {}) : undefined;
    return { route, ...(await client.request(method, `${filled}${query}`, body)) };
  };
  return Promise.all(
    routes
      // A stream has no end, and sessions begin without a key.
      .filter(({ path }) => path.startsWith('/v1/') && !/\/stream$|^\/v1\/session/.test(path))
      .map(({ method, path }) => limit(() => ask(method, path))),
  );
}
