import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { readMetrics } from '../systems/metrics.js';
import {
  Client,
  eventually,
  serversOfSharedSystem,
  someOrder,
  startSystem,
  type System,
} from './system.fixture.js';

const ORDERS = 150;
const CONNECTIONS = 32;
const STEPS = ['confirmed', 'shipped', 'delivered', 'completed'];
const VERSIONS = [1, 2, 3, 4, 5];
const RETRY = { maxAttempts: 20, initialDelayMs: 20, maxDelayMs: 100, timeoutMs: 30_000 };

/**
 * One system in two processes. Guaranteed across the loss of one: acknowledged commands are in the log once, and each
 * subscriber gets the events of an order in order, a repeat with the same id.
 */
describe('a system in two processes', () => {
  let system: System;
  let client: Client;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    system = await startSystem(await serversOfSharedSystem(), { PROCESSES: '2', LOG_LEVEL: 'debug' });
    client = await system.client();
  });
  afterAll(() => system?.stop());
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['order.*'], retry: RETRY });
  });
  afterEach(() => receiver.close());

  const logLines = async (): Promise<Record<string, unknown>[]> =>
    (await system.log()).split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []));
  const pidOf = async (number: number): Promise<number> =>
    Number(
      (await logLines()).findLast(({ msg, process: of }) => msg === 'process started' && of === number)?.[
        'pid'
      ],
    );

  /** Until it is acknowledged. */
  async function insist(path: string, body: object, method: 'POST' | 'PATCH' = 'POST'): Promise<string> {
    const key = randomUUID();
    return eventually(async () => {
      const answer = await client.request(method, path, body, { 'idempotency-key': key });
      if (![200, 201].includes(answer.status)) throw new Error(`${path}: ${answer.status}`);
      return answer.body.orderId;
    });
  }

  async function completeOrder(): Promise<string> {
    const orderId = await insist('/v1/orders', someOrder());
    for (const status of STEPS) await insist(`/v1/orders/${orderId}/status`, { status }, 'PATCH');
    return orderId;
  }

  function completeMany(): Promise<string[]> {
    const limit = pLimit(CONNECTIONS);
    return Promise.all(Array.from({ length: ORDERS }, () => limit(completeOrder)));
  }

  const eventIdsOf = (orderId: string) =>
    receiver.accepted.flatMap(({ event }) => (event.data.orderId === orderId ? [event.eventId] : []));
  const versionsOf = (orderId: string) => {
    const seen = new Set<string>();
    return receiver.accepted.flatMap(({ event }) => {
      if (event.data.orderId !== orderId || seen.has(event.eventId)) return [];
      seen.add(event.eventId);
      return [event.version];
    });
  };
  const expectWhole = (orderIds: readonly string[]) =>
    eventually(() => {
      for (const orderId of orderIds) expect(versionsOf(orderId)).toEqual(VERSIONS);
    });

  it('takes orders in both, delivers in order without a repeat, and counts all of it', async () => {
    const countOf = async (name: string) =>
      [...(await readMetrics(system.app.url))].reduce(
        (sum, [series, value]) => sum + (series.startsWith(name) ? value : 0),
        0,
      );
    const before = await countOf('orderstream_events_appended_total{topic="orders"');
    const orderIds = await completeMany();
    await expectWhole(orderIds);
    expect(orderIds.map((orderId) => eventIdsOf(orderId).length)).toEqual(
      orderIds.map(() => VERSIONS.length),
    );
    const after = await countOf('orderstream_events_appended_total{topic="orders"');
    expect(after - before).toBe(ORDERS * VERSIONS.length);
    const taken = (await logLines()).filter(({ path, status }) => path === '/v1/orders' && status === 201);
    const shares = [1, 2].map((number) => taken.filter(({ process: of }) => of === number).length);
    expect(Math.min(...shares)).toBeGreaterThan(ORDERS / 10);
  });

  it('answers for both: not ready while one is away, and ready once it is back', async () => {
    const statuses = new Set<number>();
    process.kill(await pidOf(2), 'SIGKILL');
    await eventually(async () => {
      statuses.add((await client.get('/health/ready')).status);
      expect(statuses).toContain(503);
    });
    await eventually(async () => expect((await client.get('/health/ready')).status).toBe(200));
  });

  it('loses nothing and keeps the order when one process is killed', async () => {
    const before = await pidOf(1);
    const completed = completeMany();
    await receiver.until((deliveries) => deliveries.length > ORDERS);
    process.kill(before, 'SIGKILL');
    const orderIds = await completed;
    await expectWhole(orderIds);
    expect(await pidOf(1)).not.toBe(before);
    for (const orderId of orderIds)
      expect((await client.get(`/v1/orders/${orderId}`)).body.version).toBe(VERSIONS.length);
    await eventually(async () => expect((await client.get('/health/ready')).status).toBe(200));
  });

  it('reads its own writes, whichever process has them', async () => {
    const limit = pLimit(CONNECTIONS);
    const read = async () => {
      const answer = await client.post('/v1/orders', someOrder());
      const position = answer.headers.get('orderstream-position') ?? '';
      return client.get(`/v1/orders/${answer.body.orderId}`, {
        'orderstream-position': position,
        prefer: 'wait=30',
      });
    };
    const answers = await Promise.all(Array.from({ length: 64 }, () => limit(read)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});
