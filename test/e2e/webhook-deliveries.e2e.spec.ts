import { randomUUID } from 'node:crypto';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { eventually, locationOf, useSharedSystem } from './system.fixture.js';

const TWO_TRIES = { maxAttempts: 2, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 30_000 };

describe('deliveries of webhooks', () => {
  const { system, client } = useSharedSystem({ clientFor: 'test' });
  let receiver: WebhookReceiver;
  let path: string;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    const body = { callbackUrl: receiver.url, eventTypes: ['order.*'], retry: TWO_TRIES };
    path = locationOf(await client.subscribe(body));
  });
  afterEach(() => receiver.close());

  const deadLetters = async () => (await client.get(`${path}/dead-letters`)).body.items;
  const deadLettersAre = (count: number) =>
    eventually(async () => {
      const found = await deadLetters();
      expect(found).toHaveLength(count);
      return found;
    });
  const deliveries = async (query = '') => (await client.get(`${path}/deliveries${query}`)).body.items;
  const typesOf = (orderId: string) =>
    receiver.accepted
      .filter(({ event }) => event.data.orderId === orderId)
      .map(({ event }) => event.eventType);
  /** Orders whose first event, only, is never taken. */
  async function failToCreate(count: number): Promise<string[]> {
    receiver.script = ({ event }) =>
      event.version === 1 ? answerWith(500, { body: 'no' }) : answerWith(204);
    const ids = await Promise.all(Array.from({ length: count }, () => client.createOrder()));
    for (const id of ids) expect((await client.step(id, 'confirmed')).status).toBe(200);
    return ids;
  }

  it('that fail are dead letters in the end, with what is behind them, until they are redriven', async () => {
    const [orderId] = await failToCreate(1);
    const [dead] = await deadLettersAre(1);
    await eventually(async () => expect((await deadLetters())[0].heldBehind).toBe(1));
    expect(dead).toMatchObject({ eventType: 'order.created', attempts: 2, lastError: 'status 500' });
    const [failed] = await eventually(async () => {
      const found = await deliveries('?status=dead-letter');
      expect(found).toHaveLength(1);
      return found;
    });
    expect(failed).toMatchObject({ eventId: dead.eventId, position: dead.position, status: 'dead-letter' });
    expect(failed.attempts).toEqual(
      [1, 2].map((attempt) =>
        expect.objectContaining({ attempt, statusCode: 500, error: 'status', answer: 'no' }),
      ),
    );
    receiver.script = () => answerWith(204);
    const redriven = await client.post(`${path}/dead-letters/redrive`, { ids: [dead.eventId] });
    expect(redriven).toMatchObject({ status: 200, body: { count: 1 } });
    await eventually(() => expect(typesOf(orderId!)).toEqual(['order.created', 'order.confirmed']));
    await deadLettersAre(0);
    await eventually(async () => expect(await deliveries('?status=delivered')).toHaveLength(2));
  });

  it('that are skipped are never made, and those behind them are', async () => {
    const ids = await failToCreate(3);
    await deadLettersAre(3);
    expect((await client.post(`${path}/dead-letters/skip`, { all: true })).body).toEqual({ count: 3 });
    for (const id of ids) await eventually(() => expect(typesOf(id)).toEqual(['order.confirmed']));
    await deadLettersAre(0);
    await eventually(async () => expect(await deliveries('?status=skipped')).toHaveLength(3));
  });

  it('can be made once more, by replays, of all or some, here or elsewhere', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => client.createOrder()));
    for (const id of ids) await client.step(id, 'confirmed');
    await receiver.until((all) => all.length === 10);
    const elsewhere = await WebhookReceiver.start();
    try {
      const key = { 'idempotency-key': randomUUID() };
      const body = { from: 'beginning', eventTypes: ['order.confirmed'], callbackUrl: elsewhere.url };
      const begun = await client.post(`${path}/replay`, body, key);
      expect(begun).toMatchObject({
        status: 202,
        body: { state: 'running', eventTypes: ['order.confirmed'] },
      });
      const { replayId } = begun.body;
      expect((await client.post(`${path}/replay`, body, key)).body.replayId).toBe(replayId);
      expect((await client.post(`${path}/replay`, { from: 'beginning' }, key)).status).toBe(422);
      await eventually(async () => {
        const { body: replay } = await client.get(begun.headers.get('location') ?? '');
        expect(replay).toMatchObject({ state: 'completed', done: replay.total });
      });
      expect(elsewhere.accepted.map(({ event }) => event.data.orderId).toSorted()).toEqual(ids.toSorted());
      expect(new Set(elsewhere.accepted.map(({ headers }) => headers['orderstream-replay']))).toEqual(
        new Set([replayId]),
      );
      expect(receiver.deliveries).toHaveLength(10);
    } finally {
      await elsewhere.close();
    }
  });

  it('can be stopped while a replay runs', async () => {
    const id = await client.createOrder();
    await receiver.until((all) => all.length === 1);
    await client.post(`${path}/pause`, undefined);
    const { headers, body } = await client.post(`${path}/replay`, { from: 'beginning' });
    const location = headers.get('location') ?? '';
    expect((await client.get(`${path}/replays`)).body.items).toMatchObject([{ replayId: body.replayId }]);
    expect((await client.delete(location)).status).toBe(204);
    expect((await client.get(location)).body.state).toBe('cancelled');
    await client.post(`${path}/resume`, undefined);
    await client.step(id, 'confirmed');
    await receiver.until((all) => all.length === 2);
    expect(typesOf(id)).toEqual(['order.created', 'order.confirmed']);
  });

  it('come as far as the log, in each partition', async () => {
    await client.createOrder();
    await receiver.until((all) => all.length === 1);
    await eventually(async () => {
      const { items } = (await client.get(`${path}/cursors`)).body;
      expect(items.length).toBeGreaterThan(0);
      expect(items.filter(({ lag }: { lag: number }) => lag > 0)).toEqual([]);
    });
  });

  it('are nobody else’s to see, or to touch', async () => {
    const other = await system.client();
    const { body } = await client.post(`${path}/replay`, { from: 'beginning' });
    for (const each of ['deliveries', 'dead-letters', 'cursors', 'replays', `replays/${body.replayId}`])
      expect([each, (await other.get(`${path}/${each}`)).status]).toEqual([each, 404]);
    for (const each of ['dead-letters/redrive', 'dead-letters/skip'])
      expect((await other.post(`${path}/${each}`, { all: true })).status).toBe(404);
    expect((await other.post(`${path}/replay`, { from: 'beginning' })).status).toBe(404);
    expect((await other.delete(`${path}/replays/${body.replayId}`)).status).toBe(404);
    expect((await client.get(`${path}/replays/${randomUUID()}`)).status).toBe(404);
  });

  it.each<[string, string, object]>([
    ['/callbackUrl', 'replay', { from: 'beginning', callbackUrl: 'ftp://example.com/' }],
    ['/eventTypes', 'replay', { from: 'beginning', eventTypes: ['stock.received'] }],
    ['/from/positions/0', 'replay', { from: { positions: ['orders/999999@0'] } }],
    ['/to/positions/0', 'replay', { from: 'beginning', to: { positions: ['x'] } }],
  ])('tell by %s what is wrong with a request', async (pointer, where, body) => {
    const answer = await client.post(`${path}/${where}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ pointer }]);
  });
});
