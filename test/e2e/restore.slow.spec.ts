import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { makeTestDirectory } from '#libs/testing';
import {
  type EmbeddedKafkaCluster,
  type EmbeddedServer,
  runCli,
  runKafkaTool,
  startApp,
  startKafkaCluster,
  startPostgres,
  startRegistry,
} from '../../tools/launcher/embedded.mjs';
import { LogReader } from '../integrity/log-reader.js';
import type { LogRecord } from '../integrity/log-record.js';
import { backUpPostgres, copyFolder, snapshotBroker } from '../systems/backups.js';
import { deployProduct, type Product, programOf } from '../systems/product.js';
import { Client, eventually, locationOf, someOrder } from './system.fixture.js';

const BROKERS = 3;
const SHOPPERS = 4;
const SOME = 30;
const DEAD = 3;
const TWO_TRIES = { maxAttempts: 2, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 30_000 };
const PATIENT = { maxAttempts: 50, initialDelayMs: 100, maxDelayMs: 500, timeoutMs: 30_000 };

/** Servers with the data in one folder. */
interface Data {
  readonly directory: string;
  readonly kafka: EmbeddedKafkaCluster;
  readonly postgres: EmbeddedServer;
  readonly registry: EmbeddedServer;
  readonly env: Readonly<Record<string, string>>;
  kill(): Promise<void>;
}

interface Running extends Data {
  readonly product: Product;
  readonly app: EmbeddedServer;
}

/**
 * A backup is taken while all works, everything is killed and wiped, and brought back elsewhere: the database first, then the
 * brokers one after the other. Guaranteed: what was acknowledged before the backup began is there, at its place in the log; a
 * subscriber misses nothing, and is sent again only what was delivered after the database was saved.
 */
describe('a system that is restored from a backup', () => {
  let backup: string;
  let receiver: WebhookReceiver;
  let broken: WebhookReceiver;
  let system: Data | undefined;
  const orders = new Map<string, { readonly key: string }>();
  let url = '';
  let client = new Client(() => url, '');

  beforeAll(async () => {
    backup = await makeTestDirectory('backup');
    [receiver, broken] = await Promise.all([WebhookReceiver.start(), WebhookReceiver.start()]);
  });
  afterAll(async () => {
    await system?.kill();
    await Promise.all([receiver?.close(), broken?.close()]);
  });

  /** On copies of these folders, or empty ones. */
  async function startData({ kafka, postgres }: { kafka?: string; postgres?: string }): Promise<Data> {
    const directory = await makeTestDirectory('restored');
    if (kafka) await copyFolder(kafka, join(directory, 'kafka'));
    for (const part of postgres ? ['', '.password', '.role-password'] : [])
      await copyFolder(`${postgres}${part}`, `${join(directory, 'postgres')}${part}`);
    const [cluster, database] = await Promise.all([
      startKafkaCluster({ directory: join(directory, 'kafka'), brokers: BROKERS }),
      startPostgres({ directory: join(directory, 'postgres') }),
    ]);
    const { brokers } = cluster;
    const registry = await startRegistry({ directory: join(directory, 'registry'), brokers });
    const env = {
      KAFKA_BROKERS: brokers,
      SCHEMA_REGISTRY_URL: registry.url,
      DATABASE_URL: database.url,
      TOPIC_REPLICATION: String(BROKERS),
      WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
      WEBHOOK_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    };
    const servers = [registry, database, ...cluster.nodes];
    const kill = async () => void (await Promise.all(servers.map((server) => server.kill9())));
    return { directory, kafka: cluster, postgres: database, registry, env, kill };
  }

  async function start(data: Data): Promise<Running> {
    const product = await deployProduct(data.directory, data.env);
    const { app } = await product.start('standalone');
    ({ url } = app);
    const kill = async () => void (await Promise.all([app.kill9(), data.kill()]));
    return { ...data, product, app, kill };
  }

  /** As clients do: under its key until it is acknowledged. @returns undefined if the system went away for good */
  async function order(until: AbortSignal): Promise<string | undefined> {
    const key = randomUUID();
    while (!until.aborted) {
      const answer = await client
        .post('/v1/orders', someOrder(), { 'idempotency-key': key })
        .catch(() => undefined);
      if (answer?.status === 201) {
        orders.set(answer.body.orderId, { key });
        return answer.body.orderId;
      }
      await sleep(20);
    }
    return undefined;
  }

  const logOf = ({ directory, kafka, registry }: Running) =>
    new LogReader(kafka.brokers, registry.url, join(directory, 'reader.log')).read('orders');
  const placeOf = ({ partition, offset }: LogRecord) => `${partition}@${offset}`;
  const acceptedIds = () => receiver.accepted.map(({ event }) => event.eventId);

  async function deadLetters(path: string) {
    return (await client.get(`${path}/dead-letters`)).body.items;
  }

  it('goes on where it was', async () => {
    const first = await start((system = await startData({})));
    system = first;
    client = new Client(() => url, await first.product.newKey('acme'));
    await first.product.cli(['tenants', 'set', 'acme', '--subscriptions', '7']);
    const refused = new Set<unknown>();
    broken.script = ({ event: { data } }) => {
      if (refused.size < DEAD) refused.add(data.orderId);
      return answerWith(refused.has(data.orderId) ? 500 : 204);
    };
    const [healthy, failing] = await Promise.all(
      [receiver, broken].map(async ({ url }, index) =>
        locationOf(
          await client.subscribe({
            callbackUrl: url,
            eventTypes: ['order.*'],
            retry: index === 0 ? PATIENT : TWO_TRIES,
          }),
        ),
      ),
    );
    const never = new AbortController();
    for (let n = 0; n < SOME; n++) await order(never.signal);
    await eventually(async () => expect(await deadLetters(failing!)).toHaveLength(DEAD));
    await eventually(async () => {
      const { body } = await client.get(`${healthy}/cursors`);
      expect(body.items.filter(({ lag }: { lag: number }) => lag > 0)).toEqual([]);
    });
    const deliveredBefore = new Set(acceptedIds());

    const stop = new AbortController();
    const shoppers = Array.from({ length: SHOPPERS }, async () => {
      while (!stop.signal.aborted) await order(stop.signal);
    });
    await eventually(() => expect(orders.size).toBeGreaterThan(2 * SOME));
    const acknowledged = [...orders.keys()];
    await backUpPostgres(first.postgres.url, join(first.directory, 'postgres'), join(backup, 'postgres'));
    const meanwhile = orders.size;
    await mkdir(join(backup, 'kafka'));
    for (const [index, node] of first.kafka.nodes.entries()) {
      const folder = `kafka/kafka-${index + 1}`;
      await snapshotBroker(node, join(first.directory, folder), join(backup, folder));
      // The copies are of different moments.
      const before = orders.size;
      await eventually(() => expect(orders.size).toBeGreaterThan(before + SHOPPERS));
    }
    stop.abort();
    await Promise.all(shoppers);
    const before = await logOf(first);
    await first.kill();
    await rm(first.directory, { recursive: true });
    const deliveredUntilThen = acceptedIds().length;

    system = await startData({ kafka: join(backup, 'kafka'), postgres: join(backup, 'postgres') });
    const second = (system = await start(system));
    // The log is the beginning of what it was, at the same places, with all that was acknowledged.
    const after = await logOf(second);
    const places = new Map(before.map((record) => [placeOf(record), record.eventId]));
    expect(after.filter((record) => places.get(placeOf(record)) !== record.eventId)).toEqual([]);
    const restored = new Set(after.map(({ streamId }) => streamId));
    expect(acknowledged.filter((orderId) => !restored.has(orderId))).toEqual([]);
    expect(meanwhile).toBeGreaterThanOrEqual(acknowledged.length);
    expect(after.length).toBeLessThan(before.length);

    // The same key, the same limits, the same answers; commands go on with the next version.
    expect(await second.product.cli(['tenants', 'show', 'acme'])).toMatch(/subscriptions.*7/);
    for (const orderId of acknowledged.slice(-SHOPPERS)) {
      const again = { 'idempotency-key': orders.get(orderId)!.key };
      const repeated = await eventually(async () => {
        const answer = await client.post('/v1/orders', someOrder(), again);
        expect(answer.status).not.toBe(503);
        return answer;
      });
      expect(repeated).toMatchObject({ status: 201, body: { orderId, version: 1 } });
      expect((await client.step(orderId, 'confirmed')).body).toMatchObject({ version: 2 });
    }
    const fresh = await Promise.all(Array.from({ length: SOME }, () => order(never.signal)));
    expect(await second.product.cli(['verify'])).not.toContain('DIFFERS');

    // The subscriber: no gap, and nothing again that was delivered before the database was saved.
    await eventually(() => {
      const seen = new Set(receiver.accepted.map(({ event }) => event.data.orderId));
      expect([...acknowledged, ...fresh].filter((orderId) => !seen.has(orderId))).toEqual([]);
    });
    const since = receiver.accepted.slice(deliveredUntilThen);
    expect(since.filter(({ event }) => deliveredBefore.has(event.eventId))).toEqual([]);
    const known = new Set(acceptedIds());
    const gaps = since.filter(({ headers }) => {
      const previous = headers['orderstream-previous'];
      return typeof previous === 'string' && !known.has(previous);
    });
    expect(gaps).toEqual([]);

    // Dead letters are still there, and can be redriven.
    broken.script = () => answerWith(204);
    expect((await client.post(`${failing}/dead-letters/redrive`, { all: true })).body).toEqual({
      count: DEAD,
    });
    await eventually(() => {
      const seen = new Set(broken.accepted.map(({ event }) => event.data.orderId));
      expect([...refused].filter((orderId) => !seen.has(orderId))).toEqual([]);
    });
  });

  it('refuses a database that is newer than the log, without a change to the log', async () => {
    const { directory, kill } = system!;
    await kill();
    const { env, kafka } = (system = await startData({
      kafka: join(backup, 'kafka'),
      postgres: join(directory, 'postgres'),
    }));
    const logFile = join(directory, 'refused.log');
    const ends = () =>
      runKafkaTool({
        tool: 'org.apache.kafka.tools.GetOffsetShell',
        args: ['--bootstrap-server', kafka.brokers, '--topic', 'orders'],
        logFile,
      });
    const before = await ends();
    for (const command of ['deploy', 'log', 'doctor'])
      await expect(runCli({ args: [command], env, logFile })).rejects.toThrow();
    const app = await startApp({ env, logFile, program: programOf('standalone') });
    ({ url } = app);
    for (let n = 0; n < SOME; n++)
      expect(await client.post('/v1/orders', someOrder())).toMatchObject({ status: 503 });
    await eventually(async () =>
      expect(JSON.stringify((await client.get('/health/ready')).body)).toContain('older than the database'),
    );
    await app.stop();
    expect(await ends()).toBe(before);
  });

  it('is rebuilt from the log alone, but for what only the database had', async () => {
    await system!.kill();
    const deliveredBefore = receiver.accepted.length;
    const rebuilt = await start((system = await startData({ kafka: join(backup, 'kafka') })));
    system = rebuilt;
    expect((await client.get('/v1/orders')).status).toBe(401);
    client = new Client(() => url, await rebuilt.product.newKey('acme'));
    expect(await rebuilt.product.cli(['tenants', 'show', 'acme'])).not.toMatch(/subscriptions.*\b7\b/);
    const some = [...orders.keys()].slice(0, SOME);
    for (const orderId of some)
      await eventually(async () => {
        const answer = await client.step(orderId, 'confirmed');
        expect(answer).toMatchObject({ status: 200, body: { version: 2 } });
      });
    expect(await rebuilt.product.cli(['verify'])).not.toContain('DIFFERS');
    // Subscriptions are in the log; where they were is not, so all comes again.
    const { body } = await client.get('/v1/webhook-subscriptions');
    expect(body.items).toHaveLength(2);
    await eventually(() => {
      const again = receiver.accepted.slice(deliveredBefore);
      const seen = new Set(again.map(({ event }) => event.data.orderId));
      expect(some.filter((orderId) => !seen.has(orderId))).toEqual([]);
    });
  });
});
