import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AGGREGATES } from '#libs/aggregates';
import { CommandingModule, Commands } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import type { MailTask } from '#libs/fulfilment/core';
import { MailModule, SendMailTask } from '#libs/mail';
import { ORDER_AGGREGATE } from '#libs/orders';
import { appRoot, loadSettings } from '#libs/platform';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { makeTestDirectory } from '#libs/testing';
import { Mailbox } from '../systems/mailbox.js';
import { allPages, pointersOf, problemOf } from './commands.fixture.js';
import { WITH_FULFILMENT } from './fulfilment.fixture.js';
import { eventually, sharedServers, someOrder, useSharedSystem } from './system.fixture.js';

interface Shown {
  readonly notificationId: string;
}

/** A process of its own asks for mails, and leaves the commands to the running system, as a process manager's does. */
describe('mails to customers', () => {
  const tenant = `tenant-${randomUUID()}`;
  const { system } = useSharedSystem({ settings: WITH_FULFILMENT });
  let mailbox: Mailbox;
  let worker: INestApplication;
  let client: Awaited<ReturnType<typeof system.client>>;
  beforeAll(async () => {
    client = await system.client(tenant);
    mailbox = await Mailbox.open(join(await makeTestDirectory('mails'), 'mail'));
    const settings = loadSettings({
      ...sharedServers(system.databaseUrl),
      SMTP_URL: mailbox.server.url,
      MAIL_FROM: 'Shop <orders@shop.example>',
      LOG_LEVEL: 'fatal',
    });
    const modules = [
      PostgresModule,
      PersonalDataModule,
      KafkaModule,
      CommandingModule.register({}, AGGREGATES),
      MailModule,
    ];
    worker = await NestFactory.create(appRoot(settings, modules), new FastifyAdapter(), { logger: false });
    await worker.init();
    // It is still learning how many partitions there are.
    await eventually(() => worker.get(Commands).look(ORDER_AGGREGATE, randomUUID(), tenant));
  });
  afterAll(async () => {
    await worker.close();
    await mailbox.server.stop();
  });

  const newOrder = async (email?: string): Promise<string> => {
    const { body } = await client.post('/v1/orders', {
      ...someOrder(),
      customer: { id: 'c-1', name: '<b>Ada</b>', ...(email && { email }) },
    });
    return body.orderId;
  };
  const send = (task: Partial<MailTask>) =>
    worker.get(SendMailTask).execute(
      {
        type: 'send-mail',
        notificationId: randomUUID(),
        template: 'order-confirmed',
        orderId: null,
        cartId: null,
        facts: {},
        ...task,
      },
      { tenant, actor: 'test', correlationId: 'c', causationId: null, commandId: `test ${randomUUID()}` },
    );
  const done = (result: string) => ({ outcome: 'done', data: { result } });
  const shown = (query: string, notificationId: string) =>
    eventually(async () => {
      const { status, body } = await client.get(`/v1/notifications?${query}`);
      expect(status).toBe(200);
      const found = body.items.find((each: Shown) => each.notificationId === notificationId);
      expect(found).toBeDefined();
      return found;
    });

  it('follow from an order without more ado', async () => {
    const orderId = await newOrder('ada@example.com');
    const found = await eventually(async () => {
      const { body } = await client.get(`/v1/notifications?orderId=${orderId}`);
      expect(body.items).toMatchObject([{ template: 'order-confirmed', status: 'sent' }]);
      return body.items[0];
    });
    const folder = join(process.env.ORDERSTREAM_TEST_DIRECTORY ?? '', 'data/mail');
    const files = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    expect(files.filter((text) => text.includes(`<${found.messageId}>`))).toHaveLength(1);
  });

  it('are sent once, recorded, and listed by their order', async () => {
    const orderId = await newOrder('ada@example.com');
    const notificationId = randomUUID();
    expect(await send({ orderId, notificationId })).toEqual(done('sent'));
    expect(await send({ orderId, notificationId })).toEqual(done('sent'));
    const messageId = `${notificationId}@shop.example`;
    expect((await mailbox.counts()).get(messageId)).toBe(1);
    const mail = (await mailbox.texts()).find((text) => text.includes(messageId));
    expect(mail).toContain('ada@example.com');
    expect(mail).toContain('&lt;b&gt;Ada&lt;/b&gt;');
    expect(await shown(`orderId=${orderId.toUpperCase()}`, notificationId)).toEqual({
      notificationId,
      template: 'order-confirmed',
      to: 'ada@example.com',
      subject: `Your order is confirmed (${orderId})`,
      messageId,
      status: 'sent',
      orderId,
      customerId: 'c-1',
      currency: 'EUR',
      total: 1_900,
      sentAt: expect.stringMatching(/Z$/),
    });
    const one = await client.get(`/v1/notifications/${notificationId}`);
    expect([one.status, one.body.status, one.headers.get('etag')]).toEqual([200, 'sent', '"1"']);
  });

  it('are listed by their cart, and found by no other tenant', async () => {
    const path = '/v1/carts/left%20alone';
    await client.put(path, { customer: { id: 'c-2', email: 'bob@example.com' }, currency: 'JPY' });
    await client.put(`${path}/items/tea`, { quantity: 2, unitPrice: 450 });
    const notificationId = randomUUID();
    const task = { template: 'cart-reminder', cartId: 'left alone', notificationId } as const;
    expect(await send(task)).toEqual(done('sent'));
    expect(await shown('cartId=left%20alone', notificationId)).toMatchObject({
      to: 'bob@example.com',
      cartId: 'left alone',
      currency: 'JPY',
      total: 900,
    });
    const other = await system.client();
    expect((await other.get('/v1/notifications?cartId=left%20alone')).body.items).toEqual([]);
    expect(problemOf(await other.get(`/v1/notifications/${notificationId}`))).toEqual([
      404,
      'notification-not-found',
    ]);
  });

  it('repeat with the same Message-ID where the answer of the mail server was lost, and are recorded once', async () => {
    const orderId = await newOrder('ada@example.com');
    const notificationId = randomUUID();
    await mailbox.misbehave({ drop: true });
    await expect(send({ orderId, notificationId })).rejects.toThrow();
    await mailbox.misbehave({ data: 451 });
    await expect(send({ orderId, notificationId })).rejects.toThrow();
    await mailbox.misbehave();
    expect(await send({ orderId, notificationId })).toEqual(done('sent'));
    expect((await mailbox.counts()).get(`${notificationId}@shop.example`)).toBe(2);
    expect(await shown(`orderId=${orderId}`, notificationId)).toMatchObject({ status: 'sent' });
    const { body } = await client.get('/v1/events?eventTypes=email.*&from=beginning');
    const own = body.items.filter(({ data }: { data: Shown }) => data.notificationId === notificationId);
    expect(own).toMatchObject([
      { eventType: 'email.sent', version: 1, data: { orderId, customerId: 'c-1' } },
    ]);
  });

  it('that the server refuses for good are failed, with its words', async () => {
    const orderId = await newOrder('ada@example.com');
    const notificationId = randomUUID();
    await mailbox.misbehave({ rcpt: 550 });
    expect(await send({ orderId, notificationId })).toEqual(done('failed'));
    await mailbox.misbehave();
    expect(await send({ orderId, notificationId })).toEqual(done('failed'));
    expect(await shown(`orderId=${orderId}`, notificationId)).toMatchObject({
      status: 'failed',
      error: '550 Refused on purpose',
    });
    expect((await mailbox.counts()).has(`${notificationId}@shop.example`)).toBe(false);
  });

  it('leave no trace where the customer has no address', async () => {
    const orderId = await newOrder();
    const notificationId = randomUUID();
    expect(await send({ orderId, notificationId })).toEqual(done('no-address'));
    expect((await client.get(`/v1/notifications/${notificationId}`)).status).toBe(404);
  });

  it('are listed newest first, page by page', async () => {
    const orderId = await newOrder('ada@example.com');
    const ids: string[] = Array.from({ length: 5 }, () => randomUUID());
    for (const notificationId of ids) await send({ orderId, notificationId });
    await shown(`orderId=${orderId}`, ids.at(-1) ?? '');
    const path = `/v1/notifications?orderId=${orderId}&limit=2`;
    const found = (await allPages<Shown>(client, path)).map(({ notificationId }) => notificationId);
    expect(found.filter((id) => ids.includes(id))).toEqual(ids.toReversed());
  });

  it.each([
    ['orderId=x', '/orderId'],
    [`cartId=${'x'.repeat(201)}`, '/cartId'],
    ['limit=0', '/limit'],
    ['pageToken=x', '/pageToken'],
    ['customerId=c-1', '/customerId'],
  ])('are not listed by %s', async (query, pointer) => {
    const answer = await client.get(`/v1/notifications?${query}`);
    expect(problemOf(answer)).toEqual([400, 'invalid-request']);
    expect(pointersOf(answer)).toContain(pointer);
  });
});
