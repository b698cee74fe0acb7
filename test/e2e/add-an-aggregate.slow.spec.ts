import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { makeDatabase, makeTestDirectory, type TestDatabase } from '#libs/testing';
import { runCli } from '../../tools/launcher/embedded.mjs';
import { keyed } from './commands.fixture.js';
import { type FollowedPage, followPage, runIn } from './followed-page.fixture.js';
import {
  type Client,
  eventually,
  positionOf,
  sharedServers,
  startSystem,
  type System,
} from './system.fixture.js';

const SCRIPTS = [
  'contracts',
  'contracts:release',
  'docs',
  'typecheck',
  'layers',
  'contracts:check',
  'docs:check',
];

/** Follows docs/add-an-aggregate.md word for word. */
describe('an aggregate that the page adds', () => {
  let page: FollowedPage;
  let database: TestDatabase;
  let system: System;
  let client: Client;
  let directory: string;

  beforeAll(async () => {
    directory = await makeTestDirectory('add-an-aggregate');
    page = await followPage('docs/add-an-aggregate.md', directory);
    for (const script of SCRIPTS) await runIn(page, ['npm', 'run', '-s', script]);
    database = await makeDatabase();
    system = await startSystem(sharedServers(database.url), {}, page.checkout);
    client = await system.client();
  });
  afterAll(async () => {
    await system?.stop();
    await database?.drop();
  });

  const issue = (body: unknown, headers = {}) => client.post('/v1/gift-cards', body, headers);

  it('needs one line in each of three existing files', () => {
    expect(page.changed).toHaveLength(3);
    expect(page.made.length).toBeGreaterThan(3);
  });

  it('takes commands, and refuses them by its rules, with its own problem codes', async () => {
    const key = keyed(randomUUID());
    const issued = await issue({ amount: 5_000, currency: 'EUR' }, key);
    expect(issued).toMatchObject({ status: 201, body: { balance: 5_000, version: 1 } });
    expect((await issue({ amount: 5_000, currency: 'EUR' }, key)).body).toEqual(issued.body);
    const redemptions = `/v1/gift-cards/${issued.body.giftCardId}/redemptions`;
    expect(await client.post(redemptions, { amount: 5_001 })).toMatchObject({
      status: 409,
      body: { code: 'gift-card-balance-too-low', title: 'Insufficient balance' },
    });
    expect(await client.post(redemptions, { amount: 1_200 })).toMatchObject({
      status: 201,
      body: { balance: 3_800 },
    });
    const unknown = await client.post(`/v1/gift-cards/${randomUUID()}/redemptions`, { amount: 1 });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'gift-card-not-found' } });
    expect(await issue({ amount: 0, currency: 'EUR' })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    });
  });

  it('is read as it was written, and listed by its columns', async () => {
    const issued = await issue({ amount: 700, currency: 'CHF' });
    const written = { 'orderstream-position': positionOf(issued), prefer: 'wait=20' };
    expect((await client.get(`/v1/gift-cards/${issued.body.giftCardId}`, written)).body).toEqual(issued.body);
    expect((await client.get('/v1/gift-cards?currency=CHF', written)).body.items).toEqual([issued.body]);
    const stranger = await system.client();
    expect((await stranger.get(`/v1/gift-cards/${issued.body.giftCardId}`, written)).status).toBe(404);
  });

  it('is delivered to subscribers, with a link where they want little', async () => {
    const receiver = await WebhookReceiver.start();
    try {
      await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['gift-card.*'], payload: 'thin' });
      const { giftCardId } = (await issue({ amount: 100, currency: 'EUR' })).body;
      await client.post(`/v1/gift-cards/${giftCardId}/redemptions`, { amount: 40 });
      await eventually(() => expect(receiver.deliveries).toHaveLength(2));
      const link = `/v1/gift-cards/${giftCardId}`;
      expect(receiver.deliveries.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
        { eventType: 'gift-card.issued', giftCardId, link: expect.stringContaining(link) },
        { eventType: 'gift-card.redeemed', giftCardId, link: expect.stringContaining(link) },
      ]);
    } finally {
      await receiver.close();
    }
  });

  it('is verified against the log', async () => {
    const printed = await runCli({
      args: ['verify', 'gift-cards'],
      env: sharedServers(database.url),
      logFile: join(directory, 'cli.log'),
      program: join(page.checkout, 'apps/cli/bin/orderstream.js'),
    });
    expect(printed).toContain('gift-cards, build 1 of version 1: equals the log');
  });
});
