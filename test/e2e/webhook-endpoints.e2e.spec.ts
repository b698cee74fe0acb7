import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import {
  answerWith,
  HOSTILE_KINDS,
  type HostileKind,
  RawReceiver,
  WebhookReceiver,
} from '#libs/webhook-delivery/testing';
import { testSettings } from '#libs/testing';
import { eventually, locationOf, useSharedSystem } from './system.fixture.js';

const SUBSCRIPTIONS = '/v1/webhook-subscriptions';
const ONE_TRY = { maxAttempts: 1, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 5_000 };
const PATIENT = { maxAttempts: 20, initialDelayMs: 20, maxDelayMs: 100, timeoutMs: 20_000 };

/** One in some, of each group: `npm run integrity -- --receivers` has them all. */
const SOME_HOSTILE_KINDS: readonly HostileKind[] = Object.values(HOSTILE_KINDS).flatMap((kinds) =>
  kinds.filter((_, index) => index % 25 === 0),
);

/** On a busy machine anything may take too long. */
const mayEnd = ({ ends }: HostileKind, end: string): boolean => end === 'timeout' || ends.includes(end);

/** All that is in topic `webhooks`, as bytes, once the text is there. */
async function logHas(text: string): Promise<string> {
  const kafka = new Kafka({ brokers: [...testSettings().kafka.brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}` });
  let log = '';
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: 'webhooks', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        log += message.value?.toString('latin1');
      },
    });
    await eventually(() => expect(log).toContain(text));
    return log;
  } finally {
    await consumer.disconnect();
  }
}

describe('what one endpoint does', () => {
  const { system, client } = useSharedSystem({ clientFor: 'test' });
  const receivers: { close(): unknown }[] = [];
  afterEach(() => {
    for (const receiver of receivers.splice(0)) receiver.close();
  });

  async function receive(): Promise<WebhookReceiver> {
    const receiver = await WebhookReceiver.start();
    receivers.push(receiver);
    return receiver;
  }

  async function subscribed(callbackUrl: string, more: object = {}): Promise<string> {
    const body = { callbackUrl, eventTypes: ['order.*'], retry: PATIENT, ...more };
    return locationOf(await client.subscribe(body));
  }

  const change = async (path: string, body: object) => {
    const answer = await client.patch(path, body);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const statusOf = async (path: string) => (await client.get(path)).body.status;
  const ordersOf = (receiver: WebhookReceiver) => receiver.accepted.map(({ event }) => event.data.orderId);

  it('fails its own deliveries and nothing else, whatever it answers, also after a restart', async () => {
    const healthy = await receive();
    await subscribed(healthy.url, { eventTypes: ['order.created'], ordering: 'partition' });
    const kinds = SOME_HOSTILE_KINDS;
    const retry = { ...PATIENT, timeoutMs: 2_000 };
    const hostile = await Promise.all(
      kinds.map(async (kind) => {
        const receiver = await RawReceiver.hostile(kind);
        receivers.push(receiver);
        return { kind, receiver, path: await subscribed(receiver.url, { retry }) };
      }),
    );
    const { pid } = system.app;
    const orders = [await client.createOrder(), await client.createOrder()];
    await eventually(() => expect(ordersOf(healthy).toSorted()).toEqual(orders.toSorted()));
    for (const { kind, path } of hostile) {
      const attempts = await eventually(async () => {
        const { body } = await client.get(`${path}/deliveries`);
        expect(body.items).toHaveLength(2);
        return body.items.flatMap((delivery: { attempts: { error?: string }[] }) => delivery.attempts);
      });
      const ends = new Set(attempts.map(({ error }: { error?: string }) => error ?? 'delivered'));
      expect({ kind: kind.name, ends: [...ends].filter((end) => !mayEnd(kind, String(end))) }).toEqual({
        kind: kind.name,
        ends: [],
      });
    }
    expect(system.app.pid).toBe(pid);
    const isRetried = hostile.find(({ kind }) => kind.ends.includes('invalid-answer'))!.receiver;
    const before = isRetried.requests;
    await system.app.restart('SIGKILL');
    orders.push(await client.createOrder());
    // After a crash some may come again.
    await eventually(() => expect([...new Set(ordersOf(healthy))].toSorted()).toEqual(orders.toSorted()));
    await eventually(() => expect(isRetried.requests).toBeGreaterThan(before));
    expect((await client.get('/health/live')).status).toBe(200);
  });

  it('says nothing of the address that its subscription has by then', async () => {
    const [a, b] = [await receive(), await receive()];
    a.script = () => answerWith(410, { delayMs: 1_500 });
    const path = await subscribed(a.url);
    const first = await client.createOrder();
    await eventually(() => expect(a.deliveries).toHaveLength(1));
    await change(path, { callbackUrl: b.url });
    await eventually(() => expect(ordersOf(b)).toEqual([first]));
    expect(await statusOf(path)).toBe('active');
  });

  it('does not keep waiting what another address would take', async () => {
    const [a, b] = [await receive(), await receive()];
    a.script = () => answerWith(503, { headers: { 'retry-after': '600' } });
    const path = await subscribed(a.url);
    const first = await client.createOrder();
    await eventually(async () => {
      const { body } = await client.get(`${path}/deliveries?status=retrying`);
      expect(body.items).toHaveLength(1);
    });
    await change(path, { callbackUrl: b.url });
    const second = await client.createOrder();
    await eventually(() => expect(ordersOf(b).toSorted()).toEqual([first, second].toSorted()));
    expect(b.deliveries.every(({ headers }) => headers['orderstream-attempt'] === '1')).toBe(true);
  });

  it('is tried again at once when somebody resumes', async () => {
    const receiver = await receive();
    receiver.script = () => answerWith(410, { headers: { 'retry-after': '600' } });
    const path = await subscribed(receiver.url);
    const orderId = await client.createOrder();
    await eventually(async () => expect(await statusOf(path)).toBe('disabled'));
    receiver.script = () => answerWith(204);
    expect((await client.post(`${path}/resume`, undefined)).status).toBe(200);
    await eventually(() => expect(ordersOf(receiver)).toEqual([orderId]));
    expect(await statusOf(path)).toBe('active');
  });

  it('never learns what is secret to another: extra headers stay with their host', async () => {
    const [a, b, c] = [await receive(), await receive(), await receive()];
    const headers = { authorization: `Bearer ${randomUUID()}` };
    const path = await subscribed(a.url, { headers });
    const orderId = await client.createOrder();
    await eventually(() => expect(a.accepted[0]?.headers).toMatchObject(headers));
    const replay = await client.post(`${path}/replay`, { from: 'beginning', callbackUrl: c.url });
    expect(replay.status).toBe(202);
    await eventually(() => expect(ordersOf(c)).toEqual([orderId]));
    expect(c.deliveries[0]?.headers).not.toHaveProperty('authorization');
    // Another path of the same host is no other host.
    expect(await change(path, { callbackUrl: `${a.url}/other` })).toMatchObject({
      headerNames: ['authorization'],
    });
    expect(await change(path, { callbackUrl: b.url })).not.toHaveProperty('headerNames');
    // Dispatchers hear of a change a moment later.
    await eventually(async () => {
      await client.createOrder();
      expect(b.accepted.length).toBeGreaterThan(0);
    });
    expect(b.deliveries[0]?.headers).not.toHaveProperty('authorization');
    const changed = await change(path, { callbackUrl: a.url, headers });
    expect(changed).toMatchObject({ headerNames: ['authorization'] });
    const before = a.accepted.length;
    await eventually(async () => {
      await client.createOrder();
      expect(a.accepted.length).toBeGreaterThan(before);
    });
    expect(a.accepted.at(-1)?.headers).toMatchObject(headers);
  });

  it('gets the query of its URL, which nobody else is shown', async () => {
    const [receiver, audit] = [await receive(), await receive()];
    const token = randomUUID();
    await subscribed(audit.url, { eventTypes: ['webhook-subscription.*'] });
    const path = await subscribed(`${receiver.url}?token=${token}#${token}`);
    const shown = `${receiver.url}?…`;
    const { version, callbackUrl } = (await client.get(path)).body;
    expect(callbackUrl).toBe(shown);
    expect(await change(path, { callbackUrl, rateLimit: 50 })).toMatchObject({
      callbackUrl: shown,
      version: 2,
    });
    expect(await change(path, { callbackUrl: `${receiver.url}?token=${token}` })).toMatchObject({
      version: 2,
    });
    expect(version).toBe(1);
    for (const wrong of [`${receiver.url}/other?…`, `http://127.0.0.1:9/?…`]) {
      const refused = await client.patch(path, { callbackUrl: wrong });
      expect(refused).toMatchObject({ status: 400, body: { code: 'callback-query-hidden' } });
    }
    await client.createOrder();
    await eventually(() => expect(receiver.accepted.at(-1)?.path).toBe(`/hook?token=${token}`));
    const replay = { from: 'beginning', callbackUrl: `${receiver.url}/replayed?token=${token}` };
    const { body: made } = await client.post(`${path}/replay`, replay);
    await eventually(() => expect(receiver.accepted.at(-1)?.path).toBe(`/hook/replayed?token=${token}`));
    expect((await client.get(`${path}/secret`)).body.callbackUrl).toBe(`${receiver.url}?token=${token}`);
    await eventually(() =>
      expect(audit.accepted.map(({ event }) => event.eventType)).toEqual(
        expect.arrayContaining(['webhook-subscription.created', 'webhook-subscription.updated']),
      ),
    );
    const { body: feed } = await client.get(
      '/v1/events?from=beginning&eventTypes=webhook-subscription.*&limit=100',
    );
    expect(feed.items.length).toBeGreaterThan(1);
    const seen = [
      made,
      feed,
      audit.deliveries.map(({ body }) => body),
      (await client.get(SUBSCRIPTIONS)).body,
      (await client.get(`${path}/replays`)).body,
      (await client.get(`${path}/deliveries`)).body,
      await system.log(),
      await logHas(path.split('/').at(-1) ?? ''),
    ];
    for (const each of seen) expect(JSON.stringify(each)).not.toContain(token);
  });

  it('does not make notices of notices, for ever', async () => {
    const receiver = await receive();
    receiver.script = () => answerWith(500);
    const all = { retry: ONE_TRY, onExhausted: 'skip' };
    const paths = [
      await subscribed(receiver.url, { ...all, eventTypes: ['order.created'] }),
      await subscribed(receiver.url, {
        ...all,
        eventTypes: ['webhook.dead-lettered', 'webhook-subscription.*'],
      }),
    ];
    await client.createOrder();
    const deadLetters = async (path: string | undefined) =>
      (await client.get(`${path}/dead-letters`)).body.items;
    await eventually(async () => expect(await deadLetters(paths[0])).toHaveLength(1));
    // The notice is a dead letter itself: it is listed, but causes no further notice.
    const notices = await eventually(async () => {
      const found = (await deadLetters(paths[1])).filter(
        ({ eventType }: { eventType: string }) => eventType === 'webhook.dead-lettered',
      );
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    const before = receiver.deliveries.length;
    await sleep(5_000);
    expect((await deadLetters(paths[1])).length).toBeLessThanOrEqual(notices.length + 2);
    expect(receiver.deliveries.length).toBeLessThanOrEqual(before + 2);
  });
});
