/** @own-servers */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { makeTestDirectory } from '#libs/testing/servers';
import {
  type EmbeddedKafka,
  type EmbeddedServer,
  startKafka,
  startPostgres,
  startRegistry,
} from '../../tools/launcher/embedded.mjs';
import {
  type Answer,
  type Client,
  eventually,
  someOrder,
  startSystem,
  type System,
} from './system.fixture.js';

/** A client must have its answer by then, whatever is away. */
const ANSWER_WITHIN_MS = 40_000;

/** Nobody listens there, and nothing is sent. */
const SUBSCRIPTION = { callbackUrl: 'http://127.0.0.1:9/hook', eventTypes: ['webhook.test'] };

describe('while a server is away', () => {
  let kafka: EmbeddedKafka;
  let registry: EmbeddedServer;
  let postgres: EmbeddedServer;
  let system: System;
  let client: Client;
  let subscription: string;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    const directory = await makeTestDirectory('outages');
    [kafka, postgres] = await Promise.all([
      startKafka({ directory: join(directory, 'kafka') }),
      startPostgres({ directory: join(directory, 'postgres'), durable: true }),
    ]);
    registry = await startRegistry({ directory: join(directory, 'registry'), brokers: kafka.brokers });
    system = await startSystem({
      KAFKA_BROKERS: kafka.brokers,
      SCHEMA_REGISTRY_URL: registry.url,
      DATABASE_URL: postgres.url,
    });
    client = await system.client('tenant');
    await post(); // the app is warm: it has met its tenant and its schemas
    const subscribed = await client.post('/v1/webhook-subscriptions', SUBSCRIPTION);
    expect(subscribed.status).toBe(201);
    subscription = subscribed.headers.get('location') ?? '';
  });

  afterAll(async () => {
    await system?.app.stop();
    await registry?.stop();
    await Promise.all([kafka?.stop(), postgres?.stop()]);
  });

  async function post(): Promise<Answer> {
    const started = Date.now();
    const answer = await client.post('/v1/orders', someOrder());
    expect(Date.now() - started).toBeLessThan(ANSWER_WITHIN_MS);
    if (answer.status === 201) acknowledged.push(answer.body.orderId);
    return answer;
  }

  /** The server and its children: those that serve connections would go on without it. */
  function signalPostgres(signal: NodeJS.Signals): void {
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postgres.pid)], { encoding: 'utf8' });
    for (const pid of [postgres.pid, ...children.trim().split(/\s+/).map(Number)]) process.kill(pid, signal);
  }

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
    await registry.stop('SIGKILL');
    expect(statuses(await postMany(10))).toEqual([201]);
    await registry.restart();
    await everythingIsThere();
  });

  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    'answers 503 without Kafka (%s), and takes orders when it is back',
    async (signal) => {
      if (signal === 'SIGSTOP') process.kill(kafka.pid, 'SIGSTOP');
      else await kafka.stop('SIGKILL');
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
      if (signal === 'SIGSTOP') process.kill(kafka.pid, 'SIGCONT');
      else await kafka.restart();
      await eventually(async () => expect((await post()).status).toBe(201));
      await everythingIsThere();
    },
  );

  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    'takes orders or answers 503 without Postgres (%s)',
    async (signal) => {
      const hang = signal === 'SIGSTOP';
      if (hang) signalPostgres('SIGSTOP');
      else await postgres.stop('SIGKILL');
      for (const { status } of await postMany(10)) expect([201, 503]).toContain(status);
      const started = Date.now();
      expect((await client.get('/v1/orders')).status).toBe(503);
      expect(Date.now() - started).toBeLessThan(ANSWER_WITHIN_MS);
      if (hang) signalPostgres('SIGCONT');
      else await postgres.restart();
      await eventually(async () => expect((await post()).status).toBe(201));
      await everythingIsThere();
    },
  );
});
