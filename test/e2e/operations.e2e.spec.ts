import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makeApiKey, type Scope } from '#libs/platform';
import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { makeTestDirectory } from '#libs/testing';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { startPaymentGateway } from '../../tools/launcher/embedded.mjs';
import { inDatabase } from './commands.fixture.js';
import { Fulfilment, WITH_FULFILMENT } from './fulfilment.fixture.js';
import { Client, eventually, locationOf, positionOf, someOrder, useSharedSystem } from './system.fixture.js';

const gateway = await startPaymentGateway({
  directory: join(await makeTestDirectory('operations'), 'gateway'),
});

/** What an operator sees of all tenants, and does about it. */
describe('operations', () => {
  const tenant = `operations-${randomUUID()}`;
  const { system } = useSharedSystem({
    settings: { ...WITH_FULFILMENT, PAYMENT_GATEWAY_URL: gateway.url, PAYMENT_TIMEOUT_MS: '600000' },
  });
  let client: Client;
  let operator: Client;
  beforeAll(async () => {
    client = await system.client(tenant);
    operator = new Client(() => system.app.url, await keyOf(['operator']));
  });
  afterAll(() => gateway.stop());

  async function keyOf(scopes: readonly Scope[]): Promise<string> {
    const prisma = makePrisma({ url: system.databaseUrl, poolSize: 1, timeoutMs: 5_000 });
    try {
      const made = await new ApiKeyRepository(prisma).create({ tenant: 'operators', name: 'op', scopes });
      return made.key;
    } finally {
      await prisma.$disconnect();
    }
  }
  const read = async (path: string) => {
    const { status, body } = await operator.get(`/v1/operations/${path}`);
    expect([path, status, status === 200 ? undefined : body]).toEqual([path, 200, undefined]);
    return body;
  };
  const act = async (path: string, body: object = {}) => {
    const answer = await operator.post(`/v1/operations/${path}`, body);
    return { status: answer.status, body: answer.body };
  };
  const projection = async (name: string) =>
    (await read('projections')).items.find((each: { name: string }) => each.name === name);

  it('show a process that is stuck among all tenants, and retry those of one cause', async () => {
    await gateway.stop();
    const shop = new Fulfilment(client);
    const orderId = await shop.order({ items: [{ sku: 'tea', quantity: 1 }] });
    await shop.processReaches(orderId, 'stuck');
    const [found] = (await read(`processes?tenant=${tenant}`)).items;
    expect(found).toMatchObject({ tenant, processId: orderId, state: 'stuck', ageMs: expect.any(Number) });
    expect((await read(`processes?tenant=${tenant}&state=waiting`)).items).toEqual([]);
    const [letter] = (await read(`dead-letters?kind=process&tenant=${tenant}`)).items;
    expect(letter).toMatchObject({ kind: 'process', tenant, subject: orderId, error: found.lastError });
    expect((await read('overview')).stuckProcesses.count).toBeGreaterThan(0);
    const choice = { kind: 'process', tenant, cause: letter.cause };
    const other = await act('dead-letters/redrive', { ...choice, cause: 'another' });
    expect(other).toEqual({ status: 200, body: { matched: 0, released: 0, dryRun: false } });
    expect((await act('dead-letters/skip', choice)).body.code).toBe('dead-letters-not-releasable');
    await gateway.restart();
    const done = await act('dead-letters/redrive', choice);
    // By itself, it may have gone on a moment before.
    if (done.body.matched > 0) expect(done.body).toEqual({ matched: 1, released: 1, dryRun: false });
    await shop.reaches(orderId, 'confirmed');
    await eventually(async () =>
      expect((await read(`dead-letters?kind=process&tenant=${tenant}`)).items).toEqual([]),
    );
  });

  it('show where a projection has stopped, and have it leave that event out, and no other', async () => {
    const poison = `poison-${randomUUID()}`;
    const sql = (statement: string) => inDatabase(system.databaseUrl, statement);
    await sql(`alter table "order" add constraint no_poison check (customer_id <> '${poison}') not valid`);
    const position = positionOf(await client.post('/v1/orders', someOrder(poison)));
    const stopped = await eventually(async () => {
      const found = await projection('orders');
      expect(found.stoppedPartitions).toBe(1);
      return found.partitions.find((each: { stopped?: object }) => each.stopped).stopped;
    });
    expect(stopped).toMatchObject({ position, reason: expect.stringContaining('no_poison') });
    expect(Date.now() - Date.parse(stopped.since)).toBeLessThan(600_000);
    const [letter] = (await read('dead-letters?kind=projection')).items;
    expect(letter).toMatchObject({ subject: 'orders', position, since: stopped.since });
    const wrong = position.replace(/@\d+$/, (text: string) => `@${Number(text.slice(1)) + 1}`);
    const reason = 'made by a test';
    const skip = (given: object) => act('projections/orders/skip', { reason, ...given });
    expect((await skip({ position: wrong })).body.code).toBe('projection-not-stopped');
    expect((await skip({ position: 'orders' })).body.errors).toMatchObject([{ pointer: '/position' }]);
    expect(await skip({ position })).toEqual({ status: 200, body: { position } });
    await sql('alter table "order" drop constraint no_poison');
    await eventually(async () => expect((await projection('orders')).stoppedPartitions).toBe(0));
    const orderId = await client.createOrder();
    await eventually(async () => expect((await client.get(`/v1/orders/${orderId}`)).status).toBe(200));
    expect((await act('projections/orders/retry')).body.code).toBe('projection-not-stopped');
    const kept = await sql(`select reason from projection_skip where reason like '%${reason}%'`);
    expect(kept).toHaveLength(1);
  });

  it('rebuild a projection one at a time, tell how far it has come, and verify it', async () => {
    const name = 'order-statistics';
    const { build } = await projection(name);
    const begun = await Promise.all([1, 2].map(() => act(`projections/${name}/rebuild`)));
    expect(begun.map(({ status }) => status).toSorted()).toEqual([202, 409]);
    const rebuilt = await eventually(async () => {
      const found = await projection(name);
      expect(found.rebuild).toMatchObject({ state: 'done', total: found.rebuild.done });
      return found;
    });
    expect(rebuilt).toMatchObject({ build: build + 1, builtIn: true });
    expect(rebuilt.rebuild.total).toBeGreaterThan(0);
    const nothing = await operator.delete(`/v1/operations/projections/${name}/rebuild`);
    expect(nothing.body.code).toBe('rebuild-not-running');
    expect((await act(`projections/${name}/verify`)).status).toBe(202);
    const verified = await eventually(async () => {
      const found = await read(`projections/${name}/verification`);
      expect(found.state).not.toBe('running');
      return found;
    });
    expect(verified).toMatchObject({ state: 'equal', differing: 0, differences: [], obstacles: [] });
    expect((await act('projections/nothing/rebuild')).body.code).toBe('projection-not-found');
  });

  it('redrive webhooks of one cause, after a dry run that counts them', async () => {
    const receiver = await WebhookReceiver.start();
    try {
      receiver.script = () => answerWith(503);
      const retry = { maxAttempts: 1, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 30_000 };
      const body = { callbackUrl: receiver.url, eventTypes: ['order.created'], retry };
      const subscriptionId = locationOf(await client.subscribe(body))
        .split('/')
        .at(-1)!;
      await Promise.all(Array.from({ length: 5 }, () => client.createOrder()));
      const list = `dead-letters?tenant=${tenant}&kind=webhook`;
      const letters = await eventually(async () => {
        const { items } = await read(list);
        expect(items).toHaveLength(5);
        return items;
      });
      expect(letters[0]).toMatchObject({ subscriptionId, cause: 'status 503', error: 'status 503', tenant });
      expect(letters[0].eventId).toBeDefined();
      const pages = [await read(`${list}&limit=3`)];
      pages.push(await read(`${list}&limit=3&pageToken=${pages[0].nextPageToken}`));
      expect(pages.flatMap(({ items }) => items)).toEqual(letters);
      const groups = (await read(`dead-letters/groups?tenant=${tenant}`)).items;
      expect(groups).toMatchObject([{ kind: 'webhook', cause: 'status 503', count: 5, tenants: 1 }]);
      const choice = { kind: 'webhook', tenant, cause: 'status 503' };
      expect(await act('dead-letters/redrive', { ...choice, dryRun: true })).toEqual({
        status: 200,
        body: { matched: 5, released: 0, dryRun: true },
      });
      expect((await read('overview')).oldestUndelivered).toMatchObject({ ageMs: expect.any(Number) });
      receiver.script = () => answerWith(204);
      expect((await act('dead-letters/redrive', choice)).body).toEqual({
        matched: 5,
        released: 5,
        dryRun: false,
      });
      await eventually(() => expect(receiver.accepted).toHaveLength(5));
      expect((await read(list)).items).toEqual([]);
    } finally {
      await receiver.close();
    }
  });

  it('show where all stands, and go on showing it', async () => {
    const overview = await eventually(async () => {
      const found = await read('overview');
      expect(found.series.length).toBeGreaterThan(1);
      expect(found.eventsPerSecond).toBeDefined();
      expect(found.ordersPerSecond).toBeDefined();
      expect(found.projections.filter(({ lagEvents }: { lagEvents: number }) => lagEvents > 0)).toEqual([]);
      const down = found.readiness.parts.filter(({ status }: { status: string }) => status === 'down');
      expect(down).toEqual([]);
      return found;
    });
    expect(overview).toMatchObject({
      readiness: { status: 'ok' },
      processes: { expected: 1, answering: 1 },
      missing: [],
    });
    expect(overview.partitions.owned).toBeGreaterThan(0);
    expect(overview.projections.map(({ name }: { name: string }) => name)).toContain('orders');
    expect(overview.deadLetters.map(({ kind }: { kind: string }) => kind)).toEqual([
      'webhook',
      'process',
      'projection',
      'mail',
    ]);
    const over = new AbortController();
    const stream = await fetch(`${system.app.url}/v1/operations/overview/stream`, {
      headers: { authorization: `Bearer ${operator.apiKey}` },
      signal: over.signal,
    });
    let text = '';
    for await (const chunk of stream.body!) {
      text += Buffer.from(chunk).toString();
      if (text.split('data: ').length > 2) break;
    }
    over.abort();
    expect(JSON.parse(text.split('data: ')[1]!)).toMatchObject({ missing: [] });
  });

  it('list mails and payments of all tenants', async () => {
    const shop = new Fulfilment(client);
    const orderId = await shop.order({ items: [{ sku: 'tea', quantity: 1 }], token: 'tok_review' });
    const review = await eventually(async () => {
      const { items } = await read(`payments?tenant=${tenant}`);
      expect(items).toHaveLength(1);
      return items[0];
    });
    expect(review).toMatchObject({ tenant, orderId, status: 'in-review' });
    const mails = await eventually(async () => {
      const { items } = await read(`notifications?tenant=${tenant}&status=sent`);
      expect(items.length).toBeGreaterThan(0);
      return items;
    });
    expect(mails[0]).toMatchObject({ tenant, status: 'sent' });
  });

  it('refuse what was forged, and break at nothing', async () => {
    const token = (end: object) => Buffer.from(JSON.stringify([1, end])).toString('base64url');
    for (const end of [
      { topic: 'a\0', partition: 0 },
      { topic: 'orders', partition: 2 ** 40 },
      { topic: 'orders', partition: -(2 ** 40) },
    ])
      expect((await operator.get(`/v1/operations/partitions?pageToken=${token(end)}`)).status).toBe(400);
    for (const name of ['retry', 'rebuild', 'verify'])
      expect((await act(`projections/%00/${name}`)).body).toMatchObject({ code: 'projection-not-found' });
    expect((await operator.get('/v1/operations/projections/%00/verification')).status).toBe(404);
  });

  it('are for operators alone', async () => {
    for (const key of [client.apiKey, makeApiKey()]) {
      const stranger = new Client(() => system.app.url, key);
      expect([401, 403]).toContain((await stranger.get('/v1/operations/overview')).status);
    }
  });
});
