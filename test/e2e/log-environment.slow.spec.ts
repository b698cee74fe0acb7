/** @own-servers */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import kafkajs, { type Admin, type Kafka, type Message, type Producer } from 'kafkajs';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { makeTestDirectory } from '#libs/testing';
import { runCli } from '../../tools/launcher/embedded.mjs';
import { type Servers, startServers } from '../systems/servers.js';
import { allEvents, keyed, loseStates } from './commands.fixture.js';
import { RegistryProxy } from './registry-proxy.fixture.js';
import {
  type Client,
  eventually,
  locationOf,
  someOrder,
  startSystem,
  type System,
} from './system.fixture.js';

const RAISED_TO = 24;
const KNOWN = 60;

interface FeedEvent {
  readonly eventType: string;
  readonly position: string;
  readonly data: { readonly orderId: string };
}

/** Each test leaves the log changed, and the next one lives with that, as a system does. */
describe('the log, when its environment changes', () => {
  let directory: string;
  let servers: Servers;
  let proxy: RegistryProxy;
  let system: System;
  let client: Client;
  let stranger: Kafka;
  let admin: Admin;
  let producer: Producer;
  const known: string[] = [];
  const key = keyed(randomUUID());
  let keyedOrder: string;

  beforeAll(async () => {
    directory = await makeTestDirectory('environment');
    servers = await startServers({ directory, durable: false });
    proxy = await RegistryProxy.before(servers.registry.url);
    system = await startSystem(env(), { API_KEY_CACHE_MS: '3600000' });
    client = await system.client();
    const brokers = servers.kafka.brokers.split(',');
    stranger = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
    admin = stranger.admin();
    producer = stranger.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
    keyedOrder = (await client.post('/v1/orders', someOrder(), key)).body.orderId;
    for (let n = 0; n < KNOWN; n++) known.push(await client.createOrder());
    await Promise.all(known.slice(0, 20).map((orderId) => client.step(orderId, 'confirmed')));
  });

  afterAll(async () => {
    await Promise.all([admin?.disconnect(), producer?.disconnect()]);
    await system?.app.stop();
    await proxy?.stop();
    await servers?.stop();
  });

  const env = () => ({ ...servers.env, SCHEMA_REGISTRY_URL: proxy.url });
  const cli = (...args: string[]) => runCli({ args, env: env(), logFile: join(directory, 'cli.log') });
  /** Runs a command that must find something wrong. @returns its error */
  const failing = (...args: string[]) =>
    cli(...args).then(
      () => 'it found nothing',
      (error: unknown) => String(error),
    );

  async function notices(): Promise<string[]> {
    const { status, body } = await client.get('/health/ready');
    expect(status).toBe(200);
    return body.details.log.notices ?? [];
  }

  /** Every event of the tenant's orders that is in the log, as the feed tells it. */
  async function feed(): Promise<{ type: string; orderId: string; position: string }[]> {
    const events = await allEvents<FeedEvent>(client, '&eventTypes=order.*');
    return events.map(({ eventType: type, position, data }) => ({ type, position, orderId: data.orderId }));
  }

  async function allKnownAreFound(): Promise<void> {
    const answers = await Promise.all(known.map((orderId) => client.get(`/v1/orders/${orderId}`)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }

  /** Restarts as if the database had been lost. The states go after the stop, since a stopping process saves what it knows. */
  async function restartWithoutStates(): Promise<void> {
    await system.app.stop();
    await loseStates(servers.env.DATABASE_URL);
    await system.app.restart();
  }

  /** Retries as clients do: Kafka may be too slow for one answer on a busy machine, and the command then has no effect. */
  async function orderMade(): Promise<string> {
    const answer = await eventually(async () => {
      const made = await client.post('/v1/orders', someOrder());
      expect(made.status).not.toBe(503);
      return made;
    });
    expect(answer.status).toBe(201);
    return answer.body.orderId;
  }

  async function ordersGoOn(): Promise<void> {
    const made = await Promise.all(Array.from({ length: 30 }, orderMade));
    known.push(...made);
    await eventually(allKnownAreFound);
  }

  function placeOf({ position }: { position: string }): { partition: number; offset: number } {
    const [, partition, offset] = /\/(\d+)@(\d+)$/.exec(position)!;
    return { partition: Number(partition), offset: Number(offset) };
  }

  /** A record of the topic of orders, with its headers. */
  async function recordAt(partition: number, offset: number) {
    const consumer = stranger.consumer({ groupId: `stranger-${randomUUID()}` });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    try {
      return await new Promise<Pick<Message, 'key' | 'value' | 'headers'>>((resolve) => {
        void consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition: found, message: { key, value, headers, ...message } }) => {
            if (found === partition && Number(message.offset) === offset)
              resolve({ key, value, headers: headers! });
          },
        });
      });
    } finally {
      await consumer.disconnect();
    }
  }

  const places: { partition: number; offset: number; orderId: string }[] = [];

  it('goes on past foreign records, which no reader takes for events', async () => {
    for (const { position, orderId } of await feed()) {
      places.push({ ...placeOf({ position }), orderId });
    }
    // One of the confirmed orders, since this test cancels it and a later one confirms others.
    const { partition, orderId } = places.find((place) => known.slice(0, 20).includes(place.orderId))!;
    const framed = Buffer.concat([Buffer.from([0, 0, 1, 0x86, 0xa0]), Buffer.from('no such schema')]);
    const ofKnownSchema = Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from('no event')]);
    const foreign = ['garbage', Buffer.from([7, 7, 7, 7, 7, 7, 7]), framed, ofKnownSchema];
    for (const value of foreign)
      await producer.send({ topic: 'orders', messages: [{ key: orderId, value, partition }] });
    await producer.send({ topic: 'orders', messages: [{ key: null, value: 'no key', partition }] });
    await ordersGoOn();
    expect((await client.step(orderId, 'cancelled')).status).toBe(200);
    // The same holds when the states are read again.
    await restartWithoutStates();
    await ordersGoOn();
    expect((await feed()).length).toBeGreaterThan(places.length);
    expect(await cli('verify')).not.toMatch(/DIFFERS|STOPPED/);
    expect(await system.log()).toContain('was appended by somebody else');
  });

  it('stops at a record of ours that is broken, and goes on when somebody says so', async () => {
    const [{ partition, orderId } = { partition: 0, orderId: '' }] = places;
    const headers = { ce_source: '/orderstream/orders', ce_type: 'order.created' };
    const [{ baseOffset } = {}] = await producer.send({
      topic: 'orders',
      messages: [{ key: orderId, value: 'torn', partition, headers }],
    });
    const place = `orders/${partition}@${baseOffset}`;
    await eventually(async () => expect((await notices()).join()).toContain(place));
    // Others go on.
    const elsewhere = places.find((each) => each.partition !== partition)!;
    expect((await client.post('/v1/orders', someOrder(), keyed(randomUUID()))).status).toBeLessThan(600);
    expect((await client.get(`/v1/orders/${elsewhere.orderId}`)).status).toBe(200);
    // A readable event is never skipped.
    expect(await failing('log', 'accept', `orders/${elsewhere.partition}@${elsewhere.offset}`)).toContain(
      'exit code 1',
    );
    expect(await cli('log', 'accept', place)).toContain(`${place} is passed over`);
    await eventually(async () => {
      await ordersGoOn();
      const { status } = await client.get(`/v1/events?eventTypes=order.*&from=beginning&limit=500&wait=0`);
      expect(status).toBe(200);
    });
    expect(await cli('verify')).not.toMatch(/DIFFERS|STOPPED/);
  });

  it('does nothing a second time when somebody appends copies of our own records', async () => {
    const orderId = await client.createOrder();
    expect((await client.step(orderId, 'confirmed')).status).toBe(200);
    const { partition, offset } = placeOf((await feed()).find((event) => event.orderId === orderId)!);
    const copy = await recordAt(partition, offset);
    // In other topics they are foreign records; in their own, each repeats what its stream had already.
    for (const topic of ['inventory', 'webhooks'])
      await producer.send({ topic, messages: [{ ...copy, partition }] });
    const [{ baseOffset } = {}] = await producer.send({
      topic: 'orders',
      messages: [{ ...copy, partition }],
    });
    const place = `orders/${partition}@${baseOffset}`;
    // Commands go on, and know the order as it was, also when the states were lost or are read from the database.
    await system.app.restart();
    await eventually(async () => expect((await client.step(orderId, 'shipped')).status).toBe(200));
    const stock = await client.post('/v1/stock/copied/receipts', { quantity: 1 });
    expect(stock.status).toBe(201);
    expect(await system.log()).toContain(`${place} repeats an event of its stream`);
    await system.app.stop();
    expect(await cli('log', 'accept', place)).toContain(`${place} is passed over`);
    await system.app.restart();
    await eventually(ordersGoOn);
    expect((await client.get(`/v1/orders/${orderId}`)).body.status).toBe('shipped');
    expect(await cli('verify')).not.toMatch(/DIFFERS|STOPPED/);
    await restartWithoutStates();
    await eventually(async () => expect((await client.step(orderId, 'delivered')).status).toBe(200));
  });

  it('finds every stream where it is after its topics were given more partitions', async () => {
    const before = (await feed()).length;
    await admin.createPartitions({
      topicPartitions: ['orders', 'inventory', 'webhooks'].map((topic) => ({ topic, count: RAISED_TO })),
    });
    await system.app.restart();
    await allKnownAreFound();
    expect((await client.post('/v1/orders', someOrder(), key)).body.orderId).toBe(keyedOrder);
    const ofBefore = known.slice(20, 40);
    const steps = await Promise.all(ofBefore.map((orderId) => client.step(orderId, 'confirmed')));
    expect(steps.filter(({ status }) => status !== 200)).toEqual([]);
    await ordersGoOn();
    await eventually(async () => expect((await feed()).length).toBe(before + 20 + 30));
    expect((await notices()).join()).toContain(`${RAISED_TO} partitions, of which 12 are in use`);
    expect(await cli('deploy')).toContain(`${RAISED_TO} partitions, of which 12 are in use`);
    expect(await cli('doctor')).toContain(`${RAISED_TO} partitions, of which 12 are in use`);
    expect(await cli('verify')).not.toMatch(/DIFFERS|STOPPED/);
  });

  it('serves every event as what it is when the registry was rebuilt with other ids', async () => {
    const before = (await feed()).map(({ type, position }) => `${position} ${type}`).toSorted();
    const deployed = await cli('deploy');
    const idOf = (name: string) => Number(new RegExp(`${name}: id (\\d+)`).exec(deployed)![1]);
    proxy.swapped = [idOf('OrderCreated'), idOf('OrderConfirmed')];
    expect(await cli('deploy')).toMatch(/WRONG: schema id \d+: of orderstream.orders.Order/);
    await system.app.restart();
    await eventually(async () => expect((await notices()).join()).toContain('in the registry, and of'));
    expect((await feed()).map(({ type, position }) => `${position} ${type}`).toSorted()).toEqual(before);
    await ordersGoOn();
    expect(await failing('doctor')).not.toBe('it found nothing');
    proxy.swapped = undefined;
    // Events written in the meantime read back as what they are.
    const created = (await feed()).filter(({ type }) => type === 'order.created');
    expect(new Set(created.map(({ orderId }) => orderId)).size).toBe(created.length);
    expect(await cli('verify')).not.toMatch(/DIFFERS|STOPPED/);
  });

  it('needs no registry for what was deployed', async () => {
    proxy.isEmpty = true;
    await restartWithoutStates().finally(() => {
      proxy.isEmpty = false;
    });
    await ordersGoOn();
    await feed();
  });

  describe('when records are gone from the beginning of a partition', () => {
    let gone: { partition: number; offset: number };
    let receiver: WebhookReceiver;
    let waiting: string;
    let cursor: string;
    let inGone: string[];
    const partitionOf = async (orderId: string): Promise<number> => {
      const { body } = await client.get(`/v1/orders/${orderId}/events`);
      return Number(/\/(\d+)@/.exec(body.items[0].position)![1]);
    };
    const delivered = () => receiver.accepted.filter(({ event }) => event.eventType === 'order.created');

    beforeAll(async () => {
      receiver = await WebhookReceiver.start();
      waiting = locationOf(
        await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['order.created'] }),
      );
      expect((await client.post(`${waiting}/pause`, {})).status).toBe(200);
      cursor = (await client.get('/v1/events?eventTypes=order.*&wait=0')).body.cursor;
      const missed = await Promise.all(Array.from({ length: 40 }, () => client.createOrder()));
      await eventually(allKnownAreFound);
      await eventually(async () => expect((await client.get(`/v1/orders/${missed[0]}`)).status).toBe(200));
      const partition = await partitionOf(missed[0]!);
      inGone = [];
      for (const orderId of missed) if ((await partitionOf(orderId)) === partition) inGone.push(orderId);
      await admin.fetchTopicMetadata({ topics: ['orders'] });
      const offsets = await admin.fetchTopicOffsets('orders');
      const end = offsets.find((each) => each.partition === partition)!.high;
      gone = { partition, offset: Number(end) };
      await admin.deleteTopicRecords({ topic: 'orders', partitions: [{ partition, offset: end }] });
      // Their events are gone; later ones are not.
      known.length = 0;
    });
    afterAll(() => receiver?.close());

    it('says so, serves what there is, and keeps those waiting who have not read them', async () => {
      await system.app.restart();
      const { partition, offset } = gone;
      await eventually(async () =>
        expect((await notices()).join()).toContain(`orders/${partition}: begins at ${offset} instead of 0`),
      );
      await ordersGoOn();
      await feed();
      const poll = () => client.get(`/v1/events?eventTypes=order.*&wait=0&limit=500&after=${cursor}`);
      const answer = await eventually(async () => {
        const polled = await poll();
        if (polled.status === 200) ({ cursor } = polled.body);
        expect(polled.status).not.toBe(200);
        return polled;
      });
      expect(answer).toMatchObject({ status: 410, body: { code: 'events-gone' } });
      expect((await client.post(`${waiting}/resume`, {})).status).toBe(200);
      // From all partitions but that one.
      await eventually(() => expect(delivered().length).toBeGreaterThan(40 - inGone.length));
      // A new subscriber starts at the first event that still exists, without waiting.
      const late = await WebhookReceiver.start();
      const wanted = { callbackUrl: late.url, eventTypes: ['order.created'], startFrom: 'beginning' };
      await client.subscribe(wanted);
      await eventually(() => {
        const ids = new Set(late.accepted.map(({ event }) => event.data.orderId));
        expect(known.filter((orderId) => !ids.has(orderId))).toEqual([]);
      });
      await late.close();
      await eventually(async () => expect((await notices()).join()).toContain(`orders/${partition}@`));
      expect(await cli('deploy')).toContain(`orders/${partition}: begins at ${offset} instead of 0`);
      for (const command of ['doctor', 'log']) expect(await failing(command)).toContain('exit code 1');
    });

    it('does not answer from what it does not know, when it has lost its states too', async () => {
      await restartWithoutStates();
      const step = async () => client.step(inGone[0]!, 'confirmed');
      expect((await step()).status).toBe(503);
      const made = await Promise.all(
        Array.from({ length: 24 }, () => client.post('/v1/orders', someOrder(), keyed(randomUUID()))),
      );
      expect(made.filter(({ status }) => status === 201).length).toBeGreaterThan(12);
    });

    it('goes on without them when somebody says so', async () => {
      const { partition, offset } = gone;
      expect(await failing('log', 'accept', `orders/${partition}@${offset + 1_000}`)).toContain(
        'exit code 1',
      );
      expect(await cli('log', 'accept', `orders/${partition}@${offset}`)).toContain(`before ${offset}`);
      await eventually(ordersGoOn);
      await eventually(async () => {
        const { status, body } = await client.get(`/v1/events?eventTypes=order.*&wait=0&after=${cursor}`);
        ({ cursor } = body);
        expect(status).toBe(200);
      });
      // No order made since is missing.
      await eventually(() => {
        const ids = new Set(delivered().map(({ event }) => event.data.orderId));
        expect(known.filter((orderId) => !ids.has(orderId))).toEqual([]);
      });
      await cli('rebuild', 'orders');
      expect(await failing('verify', 'orders')).toBe('it found nothing');
      await feed();
    });
  });

  it('goes on with all other topics when one is gone', async () => {
    const stock = (types: string) => client.get(`/v1/events?eventTypes=${types}&from=beginning&wait=0`);
    expect((await stock('stock.*')).status).toBe(200);
    await admin.deleteTopics({ topics: ['inventory'] });
    await eventually(async () =>
      expect((await notices()).join()).toContain('topic inventory: not there any more'),
    );
    // Read models, the feed and subscriptions of others.
    await eventually(ordersGoOn);
    await eventually(async () => {
      const ids = new Set((await feed()).map(({ orderId }) => orderId));
      expect(known.filter((orderId) => !ids.has(orderId))).toEqual([]);
    });
    const receiver = await WebhookReceiver.start();
    const wanted = { callbackUrl: receiver.url, eventTypes: ['order.created'] };
    await client.subscribe(wanted);
    const orderId = await client.createOrder();
    await eventually(() =>
      expect(receiver.accepted.map(({ event }) => event.data.orderId)).toContain(orderId),
    );
    await receiver.close();
    // Requests that need the topic wait.
    expect((await client.post('/v1/stock/any/receipts', { quantity: 1 })).status).toBe(503);
    await eventually(async () => expect((await stock('stock.*')).status).toBe(503));
    // An app that starts in the meantime serves the others, too.
    await system.app.restart();
    await eventually(ordersGoOn);
  });
});
