import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDatabase, makeTestDirectory, type TestDatabase } from '#libs/testing';
import { type EmbeddedServer, runCli, startApp } from '../../tools/launcher/embedded.mjs';
import { inDatabase } from './commands.fixture.js';
import { compileOwnProjector, runOwnReader } from './own-projector.fixture.js';
import {
  type Client,
  eventually,
  positionOf,
  sharedServers,
  someOrder,
  useSharedSystem,
} from './system.fixture.js';

interface Posted {
  readonly customer: string;
  readonly total: number;
  readonly partition: number;
  readonly offset: number;
}

/** Follows docs/own-projector.md word for word. */
describe("a projector of one's own", () => {
  const tenant = `tenant-${randomUUID()}`;
  const group = `test-${randomUUID()}`;
  const posted: Posted[] = [];
  const { system } = useSharedSystem();
  let client: Client;
  let database: TestDatabase;
  let directory: string;
  let program: string;
  let own: EmbeddedServer | undefined;

  beforeAll(async () => {
    database = await makeDatabase();
    directory = await makeTestDirectory('own-projector');
    program = await compileOwnProjector(directory);
    client = await system.client(tenant);
  });
  afterAll(async () => {
    await own?.stop();
    await database?.drop();
  });

  async function start(databaseUrl: string, env: Record<string, string> = {}): Promise<EmbeddedServer> {
    const servers = { ...sharedServers(databaseUrl), KAFKA_GROUP_PREFIX: group };
    return startApp({ env: { ...servers, ...env }, logFile: join(directory, 'own.log'), program });
  }
  const replay = (from: string) =>
    runCli({
      args: ['projections', 'replay', 'customer-spending', '--from', from],
      env: sharedServers(database.url),
      logFile: join(directory, 'cli.log'),
    });

  async function post(customer: string): Promise<void> {
    const unitPrice = Math.ceil(Math.random() * 1_000);
    const items = [{ sku: 'tea', quantity: 2, unitPrice }];
    const answer = await client.post('/v1/orders', { ...someOrder(customer), items });
    expect(answer.status).toBe(201);
    const [, partition, offset] = /^orders\/(\d+)@(\d+)$/.exec(positionOf(answer)) ?? [];
    posted.push({ customer, total: 2 * unitPrice, partition: Number(partition), offset: Number(offset) });
  }
  const postMany = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => post(`c-${index % 3}`)));

  const sumsOf = (orders: readonly Posted[]) =>
    [...new Set(orders.map(({ customer }) => customer))].toSorted().map((customer) => {
      const own = orders.filter((order) => order.customer === customer);
      return { customer, orders: own.length, total: own.reduce((sum, { total }) => sum + total, 0) };
    });
  const expectSums = (databaseUrl: string, orders: readonly Posted[]) =>
    eventually(async () => {
      const found = await inDatabase(
        databaseUrl,
        `select customer_id as customer, sum(orders)::int as orders, sum(total)::int as total
         from customer_spending where tenant = '${tenant}' group by 1 order by 1`,
      );
      expect(found).toEqual(sumsOf(orders));
    });
  /** Between what was posted before and what is posted after, by the clock of the broker. */
  async function aMoment(): Promise<string> {
    await sleep(20);
    const now = new Date().toISOString();
    await sleep(20);
    return now;
  }

  it('counts every order from the beginning, those of before its first start too', async () => {
    await postMany(6);
    own = await start(database.url);
    await postMany(6);
    await expectSums(database.url, posted);
  });

  it('counts each once when it is killed and started again', async () => {
    for (let round = 0; round < 2; round++) {
      const orders = postMany(60);
      await sleep(150);
      await own?.kill9();
      await orders;
      await own?.restart();
      await expectSums(database.url, posted);
    }
  });

  it('begins at a time, and goes on from there whatever a later start says', async () => {
    const another = await makeDatabase();
    const time = await aMoment();
    const before = posted.length;
    await postMany(6);
    const env = { KAFKA_GROUP_PREFIX: `${group}-time`, PROJECTION_START: time };
    let late = await start(another.url, env);
    try {
      await expectSums(another.url, posted.slice(before));
      await late.kill9();
      late = await start(another.url, { ...env, PROJECTION_START: 'beginning' });
      await postMany(6);
      await expectSums(another.url, posted.slice(before));
    } finally {
      await late.stop();
      await another.drop();
    }
  });

  it('is replayed from a time, from a position, and from the beginning, while it runs', async () => {
    const time = await aMoment();
    const before = posted.length;
    await postMany(6);
    await expectSums(database.url, posted);
    await replay(time);
    await expectSums(database.url, posted.slice(before));
    const { partition, offset } = posted.at(-1)!;
    await replay(`orders/${partition}@${offset}`);
    await expectSums(
      database.url,
      posted.filter((order) => order.partition !== partition || order.offset >= offset),
    );
    await replay('beginning');
    await expectSums(database.url, posted);
    await postMany(3);
    await expectSums(database.url, posted);
  });

  it('says what is wrong with a start', async () => {
    await expect(start(database.url, { PROJECTION_START: 'yesterday' })).rejects.toThrow();
    const log = await readFile(join(directory, 'own.log'), 'utf8');
    expect(log).toContain('where customer-spending begins: a start must be beginning, a time such as');
  });

  it('needs none of our code: a reader of a few lines reads from a time', async () => {
    const time = await aMoment();
    await postMany(2);
    const wanted = posted
      .slice(-2)
      .map(({ partition, offset }) => `orders/${partition}@${offset} order.created 1 `);
    const printed = await runOwnReader(directory, { ...sharedServers(database.url), FROM: time }, (all) =>
      wanted.every((line) => all.includes(line)),
    );
    // Its client says a word of its own, too.
    expect(printed.split('\n').filter((line) => line.startsWith('orders/'))).toHaveLength(2);
  });
});
