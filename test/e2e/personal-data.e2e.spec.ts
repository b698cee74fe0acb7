import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { makeTestDirectory } from '#libs/testing';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { runCli } from '../../tools/launcher/embedded.mjs';
import { Mailbox } from '../systems/mailbox.js';
import { StreamClient } from './event-stream.fixture.js';
import { WITH_FULFILMENT } from './fulfilment.fixture.js';
import { bytesOfLog } from './log-bytes.fixture.js';
import { eventually, positionOf, sharedServers, someOrder, useSharedSystem } from './system.fixture.js';

const FORGOTTEN = '(forgotten)';
const SEALED = 'sealed\\.[0-9a-f-]{36}\\.v1\\.[\\w-]+';

/** A person whose every text is found by the same mark. */
const personOf = (mark: string) => ({
  customer: { id: `c-${randomUUID()}`, email: `${mark}@example.com`, name: `Ada ${mark}` },
  shippingAddress: { street: `${mark} Street 1`, country: 'DE', [`floor ${mark}`]: '3' },
});

describe('personal data', () => {
  const startedAt = new Date().toISOString();
  const settings: Record<string, string> = { ...WITH_FULFILMENT };
  let mailbox: Mailbox;
  let directory: string;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    directory = await makeTestDirectory('personal-data');
    mailbox = await Mailbox.open(join(directory, 'mail'));
    settings['SMTP_URL'] = mailbox.server.url;
    receiver = await WebhookReceiver.start();
  });
  const { system, client } = useSharedSystem({ settings });
  afterAll(() => Promise.all([mailbox.server.stop(), receiver.close()]));

  const mark = `m${randomUUID().slice(0, 8)}`;
  const otherMark = `n${randomUUID().slice(0, 8)}`;
  const [ada, other] = [personOf(mark), personOf(otherMark)];
  let orderId = '';
  let otherOrderId = '';
  let cartOrderId = '';
  let subscriptionId = '';

  const order = (person: ReturnType<typeof personOf>, key?: string) =>
    client.post(
      '/v1/orders',
      { ...someOrder(), ...person, payment: { token: 'tok_ok' } },
      key === undefined ? undefined : { 'idempotency-key': key },
    );
  /** Everything that the tenant can be shown, as text. */
  async function allAnswers(): Promise<string> {
    const paths = [
      `/v1/orders/${orderId}`,
      `/v1/orders/${orderId}/events`,
      `/v1/orders/${orderId}/story`,
      `/v1/orders/${cartOrderId}`,
      `/v1/orders?customerId=${ada.customer.id}`,
      '/v1/carts/basket',
      '/v1/notifications',
      '/v1/events?from=beginning&limit=500',
      `/v1/webhook-subscriptions/${subscriptionId}/deliveries`,
    ];
    const answers = await Promise.all(paths.map((path) => client.get(path)));
    const deliveries = (answers.at(-1)?.body.items ?? []) as { eventId: string }[];
    const details = await Promise.all(
      deliveries
        .slice(0, 20)
        .map(({ eventId }) =>
          client.get(`/v1/webhook-subscriptions/${subscriptionId}/deliveries/${eventId}`),
        ),
    );
    return JSON.stringify([...answers, ...details].map(({ body }) => body));
  }
  const textOfLog = async (topic = '') =>
    [...(await bytesOfLog())].flatMap(([path, text]) => (path.startsWith(topic) ? [text] : [])).join('');
  async function textOfTables(): Promise<string> {
    const database = new pg.Client({ connectionString: system.databaseUrl });
    await database.connect();
    try {
      const { rows: tables } = await database.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')`,
      );
      const texts: string[] = [];
      for (const { name } of tables) {
        const { rows } = await database.query<{ text: string }>(`select t::text as text from ${name} t`);
        texts.push(name, ...rows.map(({ text }) => text));
      }
      return texts.join('\n');
    } finally {
      await database.end();
    }
  }
  const cli = (...args: string[]) =>
    runCli({ args, env: sharedServers(system.databaseUrl), logFile: join(directory, `${randomUUID()}.log`) });

  /** The orders of both customers in an analyst's export. */
  async function exported(): Promise<Record<string, unknown>[]> {
    const out = join(directory, randomUUID());
    // Other specs have left records there that are no events.
    await cli('export', '--topics', 'orders', '--from', startedAt, '--out', out);
    const sql = `select customer.id as customer, customer.name as name, customer.email as email, shippingAddress as address, total
      from order_created where customer.id in ('${ada.customer.id}', '${other.customer.id}') order by event_id`;
    return JSON.parse(await cli('sql', sql, '--dir', out, '--format', 'json')) as Record<string, unknown>[];
  }

  it('reaches whom it is for: whoever asks, subscribers, and the customer’s mailbox', async () => {
    const subscription = await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['*'] });
    subscriptionId = subscription.body.subscriptionId;
    const created = await order(ada, 'order-of-ada');
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject(ada);
    orderId = created.body.orderId;
    otherOrderId = (await order(other)).body.orderId;
    // A repeat is recognized by what it asked for.
    expect((await order(ada, 'order-of-ada')).body).toMatchObject({ orderId, ...ada });
    expect((await order(other, 'order-of-ada')).status).toBe(422);

    const { shippingAddress, customer } = ada;
    await client.put('/v1/carts/basket', { customer, currency: 'EUR' });
    await client.put('/v1/carts/basket/items/tea', { quantity: 1, unitPrice: 500 });
    const checkedOut = await client.post('/v1/carts/basket/checkout', { shippingAddress });
    expect(checkedOut.body).toMatchObject(ada);
    cartOrderId = checkedOut.body.orderId;

    const seen = { 'orderstream-position': positionOf(created) };
    expect((await client.get(`/v1/orders/${orderId}`, seen)).body).toMatchObject(ada);
    await eventually(async () => {
      const mails = (await mailbox.texts()).join('\n');
      for (const each of [mark, otherMark]) expect(mails).toContain(`${each}@example.com`);
    });
    await eventually(() => {
      const bodies = receiver.deliveries.filter(({ body }) => body.includes(mark));
      const types = new Set(bodies.map(({ event }) => event.eventType));
      for (const type of ['order.created', 'cart.created', 'cart.checked-out', 'email.sent'])
        expect(types).toContain(type);
    });
    expect(receiver.deliveries.filter(({ body }) => body.includes('sealed.'))).toEqual([]);
    const stream = await StreamClient.open(system.app.url, client.apiKey, '?from=beginning');
    await eventually(() => expect(JSON.stringify(stream.events)).toContain(`${mark} Street 1`));
    await stream.close();
    await eventually(async () => {
      const answers = await allAnswers();
      for (const text of [`${mark}@example.com`, `Ada ${mark}`, `${mark} Street 1`])
        expect(answers).toContain(text);
      expect(answers).not.toContain('sealed.');
    });
  });

  it('is nowhere in the log and in the tables', async () => {
    const [bytes, tables] = [await textOfLog(), await textOfTables()];
    for (const each of [mark, otherMark]) {
      expect(bytes).not.toContain(each);
      expect(tables.split('\n').filter((line) => line.includes(each))).toEqual([]);
    }
    expect(tables).toContain(orderId);
  });

  it('is a token for whoever reads the topics, by which the events of a customer join', async () => {
    // A mail's address follows the customer's id in an order.
    const [, address] =
      new RegExp(`${ada.customer.id}[^]{1,20}?(${SEALED})`).exec(await textOfLog('orders-')) ?? [];
    expect(address).toBeDefined();
    for (const topic of ['carts-', 'notifications-']) expect(await textOfLog(topic)).toContain(address);
  });

  it('is gone for everyone once the customer is forgotten, and the log is as it was', async () => {
    const before = await bytesOfLog();
    const exportedBefore = await exported();
    const deliveredBefore = receiver.deliveries.length;
    const said = await cli('forget', ada.customer.id);
    expect(said).toContain('is forgotten');
    await eventually(async () => expect(await allAnswers()).not.toContain(mark));
    const { body } = await client.get(`/v1/orders/${orderId}`);
    expect(body).toMatchObject({
      customer: { id: ada.customer.id, email: FORGOTTEN, name: FORGOTTEN },
      shippingAddress: {},
    });
    expect((await client.get(`/v1/orders/${otherOrderId}`)).body).toMatchObject(other);
    const after = await bytesOfLog();
    for (const [path, text] of before) expect(after.get(path)?.startsWith(text)).toBe(true);
    // Two orders of hers and one of the other one: tokens by which they join, before and after.
    const rows = await exported();
    expect(rows).toEqual(exportedBefore);
    expect(rows.map(({ customer }) => customer).toSorted()).toEqual(
      [ada, ada, other].map(({ customer }) => customer.id).toSorted(),
    );
    const names = rows.map(({ name }) => name);
    for (const name of names) expect(name).toMatch(new RegExp(`^${SEALED}$`));
    expect(new Set(names).size).toBe(2);
    for (const each of [mark, otherMark]) expect(JSON.stringify(rows)).not.toContain(each);

    const replay = await client.post(`/v1/webhook-subscriptions/${subscriptionId}/replay`, {
      from: 'beginning',
    });
    expect(replay.status).toBeLessThan(300);
    await eventually(() => {
      const replayed = receiver.deliveries
        .slice(deliveredBefore)
        .filter(({ headers }) => headers['orderstream-replay']);
      expect(replayed.some(({ body: text }) => text.includes(orderId) && text.includes(FORGOTTEN))).toBe(
        true,
      );
      expect(replayed.some(({ body: text }) => text.includes(otherMark))).toBe(true);
    });
    const sent = receiver.deliveries.slice(deliveredBefore).map(({ body: text }) => text);
    expect(sent.filter((text) => text.includes(mark))).toEqual([]);
  });

  it('stays gone in a read model that is built anew', async () => {
    await cli('rebuild', 'orders');
    const { body } = await client.get(`/v1/orders/${orderId}`);
    expect(body).toMatchObject({ customer: { email: FORGOTTEN } });
    expect((await client.get(`/v1/orders/${otherOrderId}`)).body).toMatchObject(other);
    const [bytes, tables] = [await textOfLog(), await textOfTables()];
    expect([bytes.includes(mark), tables.includes(mark)]).toEqual([false, false]);
  });

  it('is kept again of a customer who comes back', async () => {
    const again = await order(ada);
    expect(again.body).toMatchObject(ada);
    const seen = { 'orderstream-position': positionOf(again) };
    expect((await client.get(`/v1/orders/${again.body.orderId}`, seen)).body).toMatchObject(ada);
    expect((await client.get(`/v1/orders/${orderId}`)).body).toMatchObject({ customer: { name: FORGOTTEN } });
  });

  it('is not forgotten of somebody who is not known', async () => {
    await expect(cli('forget', 'nobody')).rejects.toThrow();
    await expect(cli('forget', ada.customer.id, '--tenant', 'another')).rejects.toThrow();
  });
});
