/** @own-servers */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTestDirectory } from '#libs/testing';
import {
  type EmbeddedServer,
  runCli,
  startMailCatcher,
  startPaymentGateway,
} from '../../tools/launcher/embedded.mjs';
import { readMetrics } from '../systems/metrics.js';
import { type Servers, startServers } from '../systems/servers.js';
import { inDatabase } from './commands.fixture.js';
import { Fulfilment, gatewayOperations } from './fulfilment.fixture.js';
import { type Client, eventually, startSystem, type System } from './system.fixture.js';

const TENANT = 'acme';
const PAYMENT_TIMEOUT_MS = 4_000;

describe('the fulfilment', () => {
  let directory: string;
  let servers: Servers;
  let gateway: EmbeddedServer;
  let mail: EmbeddedServer;
  let system: System;
  let client: Client;
  let shop: Fulfilment;

  beforeAll(async () => {
    directory = await makeTestDirectory('fulfilment');
    [servers, gateway, mail] = await Promise.all([
      startServers({ directory: join(directory, 'servers') }),
      startPaymentGateway({ directory: join(directory, 'gateway') }),
      startMailCatcher({ directory: join(directory, 'mail') }),
    ]);
    system = await startSystem(servers.env, {
      FULFILMENT_ENABLED: 'true',
      FULFILMENT_STUCK_AFTER_MS: '500',
      PAYMENT_GATEWAY_URL: gateway.url,
      SMTP_URL: mail.url,
      PAYMENT_TIMEOUT_MS: String(PAYMENT_TIMEOUT_MS),
      CART_ABANDONED_AFTER_MS: String(PAYMENT_TIMEOUT_MS),
    });
    await begin();
    await shop.receive('tea', 1_000);
  });
  afterAll(async () => {
    await system?.app.stop();
    await Promise.all([servers?.stop(), gateway?.stop(), mail?.stop()]);
  });

  async function begin(): Promise<void> {
    client = await system.client(TENANT);
    shop = new Fulfilment(client);
  }

  const ordered = (token?: string) =>
    shop.order({ items: [{ sku: 'tea', quantity: 1 }], ...(token && { token }) });

  const stepsOf = async (orderId: string, trigger: string): Promise<number> =>
    (await shop.triggers(orderId)).filter((each) => each === trigger).length;

  /** How often the mail server took each mail, by message id. */
  async function timesMailed(): Promise<Map<string, number>> {
    const times = new Map<string, number>();
    for (const line of (await readFile(join(directory, 'mail.log'), 'utf8')).split('\n')) {
      if (!line.startsWith('{')) continue;
      const { messageId } = JSON.parse(line) as { messageId: string };
      times.set(messageId, (times.get(messageId) ?? 0) + 1);
    }
    return times;
  }

  it('shows a process that is stuck on a dead gateway, and ends it once that is back', async () => {
    await gateway.stop();
    const orderId = await ordered();
    const stuck = await shop.processReaches(orderId, 'stuck');
    expect(stuck.lastError).toMatch(/^authorize: /);
    expect((await client.get('/v1/processes?state=stuck')).body.items).toMatchObject([
      { processId: orderId },
    ]);
    await eventually(async () => {
      const { status, body } = await client.get('/health/ready');
      expect([status, body.details.processes.notices]).toEqual([200, [expect.stringMatching(/^1 /)]]);
      expect((await readMetrics(system.app.url)).get('orderstream_processes_stuck')).toBe(1);
    });
    // Time goes on for the order, too: it is cancelled as soon as its money is known to be safe.
    await gateway.restart();
    expect((await client.post(`/v1/processes/${orderId}/retry`, {})).status).toBe(202);
    await eventually(async () =>
      expect(['completed', 'compensated', 'waiting']).toContain((await shop.process(orderId)).state),
    );
    expect(['confirmed', 'cancelled']).toContain((await shop.read(orderId)).status);
    expect((await client.get('/v1/processes?state=stuck')).body.items).toEqual([]);
  });

  it('fires timers that came due while it was down, once', async () => {
    const orderId = await ordered('tok_timeout');
    await client.put('/v1/carts/basket', {
      customer: { id: 'c-1', email: 'a@example.com' },
      currency: 'EUR',
    });
    await client.put('/v1/carts/basket/items/tea', { quantity: 1, unitPrice: 500 });
    const begun = Date.now();
    await eventually(async () => expect((await shop.process(orderId)).timers).toHaveLength(1));
    await system.app.stop();
    // Until both timers are due.
    await new Promise((resolve) => setTimeout(resolve, begun + PAYMENT_TIMEOUT_MS - Date.now()));
    await system.app.restart();
    expect((await shop.reaches(orderId, 'cancelled')).cancellation.cause).toBe('payment-timed-out');
    await shop.processReaches(orderId, 'compensated');
    expect(await stepsOf(orderId, 'timer payment-timeout')).toBe(1);
    await eventually(async () => {
      expect((await client.get('/v1/carts/basket')).body.status).toBe('abandoned');
      expect((await client.get('/v1/notifications?cartId=basket')).body.items).toHaveLength(1);
    });
  });

  it('ends once where a timer and a cancellation come at the same instant', async () => {
    const orderIds = await Promise.all(Array.from({ length: 12 }, () => ordered('tok_timeout')));
    const [first = ''] = orderIds;
    const { createdAt } = await shop.read(first);
    const dueAt = Date.parse(createdAt) + PAYMENT_TIMEOUT_MS;
    await Promise.all(
      orderIds.map(async (orderId, index) => {
        await new Promise((resolve) => setTimeout(resolve, dueAt - Date.now() + index * 100 - 300));
        await client.step(orderId, 'cancelled');
      }),
    );
    for (const orderId of orderIds) {
      const { cancellation } = await shop.reaches(orderId, 'cancelled');
      expect(['requested', 'payment-timed-out']).toContain(cancellation.cause);
      await shop.processReaches(orderId, 'compensated');
      expect(await stepsOf(orderId, 'timer payment-timeout')).toBeLessThanOrEqual(1);
      expect(await shop.mails(orderId, 1)).toEqual(['order-cancelled']);
    }
  });

  it('does nothing twice when every table is lost, and goes on', async () => {
    const done = await Promise.all(Array.from({ length: 5 }, () => ordered()));
    for (const orderId of done) await shop.reaches(orderId, 'confirmed');
    const open = await Promise.all(
      ['tok_ok', 'tok_slow', 'tok_timeout', 'tok_review', 'tok_ok', 'tok_decline'].map((token) =>
        ordered(token),
      ),
    );
    const orderIds = [...done, ...open];
    await system.app.stop('SIGKILL');
    await inDatabase(servers.env.DATABASE_URL, 'drop schema public cascade', 'create schema public');
    await runCli({ args: ['deploy'], env: servers.env, logFile: join(directory, 'deploy.log') });
    await system.app.restart();
    await begin();

    await eventually(async () => {
      for (const orderId of orderIds) {
        const { state } = await shop.process(orderId);
        expect([orderId, state]).toEqual([
          orderId,
          expect.stringMatching(/^(waiting|completed|compensated)$/),
        ]);
      }
    });
    const payments = await Promise.all(orderIds.map((orderId) => gatewayOperations(orderId, gateway.url)));
    for (const operations of payments)
      expect(operations.filter((operation) => operation === 'capture').length).toBeLessThanOrEqual(1);
    const { onHand, reserved } = await shop.stock('tea');
    // Those that wait for a reviewer hold theirs, too.
    const holders = await Promise.all(
      ['created', 'confirmed'].map(
        async (status) => (await client.get(`/v1/orders?status=${status}&limit=500`)).body.items.length,
      ),
    );
    expect([onHand, reserved]).toEqual([1_000, holders[0] + holders[1]]);
    // Once, or twice where the app was killed between the mail server's answer and its own record.
    const times = [...(await timesMailed()).values()];
    expect(Math.max(...times)).toBeLessThanOrEqual(2);
    expect(times.filter((count) => count > 1).length).toBeLessThanOrEqual(2);
  });
});
