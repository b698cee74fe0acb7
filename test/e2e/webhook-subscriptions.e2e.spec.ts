import { randomUUID } from 'node:crypto';
import { allPages, inDatabase, keyed, pointersOf, problemOf, REUSED, told } from './commands.fixture.js';
import {
  type Answer,
  eventually,
  locationOf,
  positionOf,
  SHARED_LIMITS,
  useSharedSystem,
} from './system.fixture.js';

const PATH = '/v1/webhook-subscriptions';
const { subscriptionsOfTenant: LIMIT } = SHARED_LIMITS;
/** Nobody listens there. */
const SMALLEST = { callbackUrl: 'http://127.0.0.1:9/hook', eventTypes: ['order.created'] };
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('webhook subscriptions', () => {
  const { system, client } = useSharedSystem({ clientFor: 'test' });

  const subscribed = (more: object = {}, headers?: Record<string, string>): Promise<Answer> =>
    client.subscribe({ ...SMALLEST, ...more }, headers);
  const made = async (more: object = {}): Promise<string> => locationOf(await subscribed(more));
  const seeing = (answer: Answer) => ({ 'orderstream-position': positionOf(answer) });
  /** All of the tenant's events of these types, once there are that many. */
  const events = (eventTypes: string, count: number) =>
    eventually(async () => {
      const { body } = await client.get(
        `/v1/events?from=beginning&wait=0&limit=500&eventTypes=${eventTypes}`,
      );
      expect(body.items.length).toBeGreaterThanOrEqual(count);
      return body.items;
    });

  describe('are made', () => {
    it('with defaults, and are there at once', async () => {
      const answer = await subscribed();
      const { secret, ...shown } = answer.body;
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(shown).toEqual({
        subscriptionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        version: 1,
        ...SMALLEST,
        status: 'active',
        ordering: 'stream',
        onExhausted: 'park',
        startFrom: 'now',
        payload: 'full',
        format: 'native',
        retry: { maxAttempts: 20, initialDelayMs: 5_000, maxDelayMs: 21_600_000, timeoutMs: 15_000 },
        createdAt: expect.any(String),
        updatedAt: shown.createdAt,
      });
      expect(told(answer)).toMatchObject({
        etag: '"1"',
        position: expect.stringMatching(/^webhooks\/\d+@\d+$/),
        location: `${PATH}/${shown.subscriptionId}`,
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const read = await client.get(`${PATH}/${shown.subscriptionId}`);
      expect(read.body).toEqual(shown);
      expect(read.headers.get('etag')).toBe('"1"');
    });

    it('with all that can be chosen', async () => {
      const settings = {
        eventTypes: ['order.updated', 'stock.*', 'webhook.dead-lettered'],
        ordering: 'none',
        onExhausted: 'skip',
        startFrom: { time: '2026-01-31T12:00:00Z' },
        filter: { 'data.customer.id': ['a', 'b'], 'data.reason': null },
        payload: 'thin',
        format: 'cloudevents',
        batch: { maxEvents: 100, maxWaitMs: 1_000 },
        rateLimit: 50,
        retry: { maxAttempts: 3, initialDelayMs: 10, maxDelayMs: 20, timeoutMs: 500 },
      };
      const headers = { Authorization: 'Bearer very-private' };
      const { body } = await subscribed({ ...settings, secret: SECRET, headers });
      expect(body.warnings.map(({ field }: { field: string }) => field)).toEqual(
        Object.keys(settings.filter),
      );
      expect(body).toMatchObject({ ...settings, secret: SECRET, headerNames: ['authorization'] });
      const read = await client.get(`${PATH}/${body.subscriptionId}`);
      expect(read.body).toMatchObject({ ...settings, headerNames: ['authorization'] });
      expect(read.body).not.toHaveProperty('warnings');
    });

    it('with a warning where an event type lacks a field of the filter, also after a change', async () => {
      const warning = { field: 'data.customer.id', eventTypes: ['order.shipped'] };
      const eventTypes = ['order.created', 'order.shipped'];
      const { body } = await subscribed({ eventTypes, filter: { 'data.customer.id': 'c-1' } });
      expect(body.warnings).toEqual([{ ...warning, detail: expect.stringContaining('none of them') }]);
      const path = `${PATH}/${body.subscriptionId}`;
      expect((await client.patch(path, { rateLimit: 5 })).body.warnings).toEqual(body.warnings);
      const better = await client.patch(path, { filter: { 'data.customerId': 'c-1' } });
      expect(better.body).not.toHaveProperty('warnings');
      const worse = await client.patch(path, { eventTypes: ['*'], filter: { 'metadata.colour': null } });
      expect(worse.body.warnings[0].eventTypes).toContain('stock.received');
      expect((await client.post(`${path}/pause`, undefined)).body).not.toHaveProperty('warnings');
      expect((await client.get(path)).body).not.toHaveProperty('warnings');
    });

    it('with one event type, and where the log has a place', async () => {
      const { position } = told(await client.post('/v1/stock/tea/receipts', { quantity: 1 }));
      const { body } = await subscribed({
        eventTypes: undefined,
        eventType: 'order.*',
        startFrom: { positions: [position] },
      });
      expect(body).toMatchObject({ eventTypes: ['order.*'], startFrom: { positions: [position] } });
      const [created] = await events('webhook-subscription.created', 1);
      const [place, offset] = String(position).split('@');
      expect(created.data.start[place!]).toBe(Number(offset));
      expect(created.data.positions[place!]).toBeGreaterThan(Number(offset));
      const { body: wrong } = await client.post(PATH, {
        ...SMALLEST,
        startFrom: { positions: ['orders/99@0'] },
      });
      expect(wrong).toMatchObject({
        code: 'invalid-request',
        errors: [{ pointer: '/startFrom/positions/0' }],
      });
    });

    it('once for a key, and the retry gets the same answer, the secret too', async () => {
      const key = randomUUID();
      const more = { headers: { 'x-token': 'a' } };
      const first = await subscribed(more, keyed(key));
      await client.patch(`${PATH}/${first.body.subscriptionId}`, { rateLimit: 5 });
      expect(told(await subscribed(more, keyed(key)))).toEqual(told(first));
      for (const other of [{ rateLimit: 1 }, { headers: { 'x-token': 'b' } }, { secret: SECRET }]) {
        const answer = await client.post(PATH, { ...SMALLEST, ...more, ...other }, keyed(key));
        expect(problemOf(answer)).toEqual(REUSED);
      }
      expect((await client.get(PATH)).body.items).toHaveLength(1);
    });

    it('up to a limit, which a retry of the last one does not meet', async () => {
      const key = randomUUID();
      for (let index = 1; index < LIMIT; index++) await subscribed();
      const last = await subscribed({}, keyed(key));
      expect(problemOf(await client.post(PATH, SMALLEST))).toEqual([409, 'subscription-limit-reached']);
      expect(told(await subscribed({}, keyed(key)))).toEqual(told(last));
      await client.delete(`${PATH}/${last.body.subscriptionId}`);
      await subscribed();
    });

    it('are listed, newest first', async () => {
      const paths = [await made(), await made(), await made()];
      const listed = await allPages<{ subscriptionId: string }>(client, `${PATH}?limit=2`);
      expect(listed.map(({ subscriptionId }) => `${PATH}/${subscriptionId}`)).toEqual(paths.toReversed());
    });
  });

  describe('are changed', () => {
    it('in what is named, and a query that sends the position back sees it', async () => {
      const path = await made({ filter: { 'data.a': 1 }, rateLimit: 5 });
      const answer = await client.patch(path, {
        eventType: 'stock.*',
        filter: null,
        retry: { timeoutMs: 500 },
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ version: 2, eventTypes: ['stock.*'], rateLimit: 5 });
      expect(answer.body).not.toHaveProperty('filter');
      expect(answer.body.retry).toMatchObject({ maxAttempts: 20, timeoutMs: 500 });
      const read = await client.get(path, seeing(answer));
      expect(read.body).toEqual(answer.body);
      const [partition] = positionOf(answer).split('@');
      const unknown = { 'orderstream-position': `${partition}@999999`, prefer: 'wait=0' };
      expect(problemOf(await client.get(path, unknown))).toEqual([400, 'invalid-request']);
    });

    it('only from the version that was asked for, and not at all where nothing is new', async () => {
      const path = await made();
      expect(problemOf(await client.patch(path, { rateLimit: 5 }, { 'if-match': '"7"' }))).toEqual([
        412,
        'version-mismatch',
      ]);
      const changed = await client.patch(path, { rateLimit: 5 }, { 'if-match': '"1"' });
      expect(told(changed)).toMatchObject({ status: 200, etag: '"2"' });
      expect(told(await client.patch(path, { rateLimit: 5, eventTypes: ['order.created'] }))).toEqual(
        told(changed),
      );
    });

    it('once for a key', async () => {
      const path = await made();
      const first = await client.patch(path, { rateLimit: 5 }, keyed('a'));
      await client.patch(path, { rateLimit: 6 });
      expect(told(await client.patch(path, { rateLimit: 5 }, keyed('a')))).toEqual(told(first));
      expect(problemOf(await client.patch(path, { rateLimit: 7 }, keyed('a')))).toEqual(REUSED);
      expect(problemOf(await client.post(`${path}/pause`, undefined, keyed('a')))).toEqual(REUSED);
    });

    it.each([
      [{ callbackUrl: 'ftp://example.com' }, '/callbackUrl'],
      [{ eventTypes: ['order.eaten'] }, '/eventTypes/0'],
      [{ headers: { 'webhook-id': 'x' } }, '/headers/webhook-id'],
      [{ secret: SECRET }, '/secret'],
      [{ startFrom: 'now' }, '/startFrom'],
    ])('not to what is wrong: %j', async (body, pointer) => {
      const answer = await client.patch(await made(), body);
      expect(answer.status).toBe(400);
      expect(pointersOf(answer)).toEqual([pointer]);
    });
  });

  it('are paused and resumed, each once', async () => {
    const path = await made();
    expect(problemOf(await client.post(`${path}/resume`, undefined))).toEqual([
      409,
      'subscription-active-already',
    ]);
    const paused = await client.post(`${path}/pause`, undefined);
    expect(paused).toMatchObject({ status: 200, body: { status: 'paused', version: 2 } });
    expect((await client.get(path, seeing(paused))).body.status).toBe('paused');
    expect(problemOf(await client.post(`${path}/pause`, undefined))).toEqual([
      409,
      'subscription-not-active',
    ]);
    expect(problemOf(await client.post(`${path}/test`, undefined))).toEqual([409, 'subscription-not-active']);
    const resumed = await client.post(`${path}/resume`, {});
    expect(resumed).toMatchObject({ status: 200, body: { status: 'active', version: 3 } });
  });

  it('send a test on demand, which is no business of those who ask for everything', async () => {
    const path = await made();
    const answer = await client.post(`${path}/test`, undefined, keyed('t'));
    expect(answer.status).toBe(202);
    expect(told(await client.post(`${path}/test`, undefined, keyed('t')))).toEqual(told(answer));
    const [test, ...more] = await events('webhook.test', 1);
    expect(test).toMatchObject({
      eventId: answer.body.eventId,
      position: answer.headers.get('orderstream-position'),
      data: { subscriptionId: path.split('/').at(-1) },
    });
    expect(more).toEqual([]);
    expect(await events('*', 0)).toEqual([]);
  });

  describe('have their secret', () => {
    const secretOf = async (path: string, after?: Answer) => {
      const answer = await client.get(`${path}/secret`, after && seeing(after));
      expect(answer.headers.get('cache-control')).toBe('no-store');
      return answer.body;
    };

    it('shown to who asks for it, and changed with an overlap', async () => {
      const path = await made({ secret: SECRET });
      expect(await secretOf(path)).toEqual({ secret: SECRET });
      const rotated = await client.post(`${path}/secret/rotate`, { overlapSeconds: 600 }, keyed('r'));
      expect(rotated.status).toBe(200);
      expect(rotated.body.secret).not.toBe(SECRET);
      const [old] = rotated.body.expiringSecrets;
      expect(old.secret).toBe(SECRET);
      expect(Date.parse(old.expiresAt) - Date.parse(rotated.body.updatedAt)).toBeGreaterThan(590_000);
      const { secret, expiringSecrets } = rotated.body;
      expect(await secretOf(path, rotated)).toEqual({ secret, expiringSecrets });
      const second = await client.post(`${path}/secret/rotate`, { overlapSeconds: 0 });
      expect(await secretOf(path, second)).toEqual({ secret: second.body.secret });
      expect(told(await client.post(`${path}/secret/rotate`, { overlapSeconds: 600 }, keyed('r')))).toEqual(
        told(rotated),
      );
    });

    it('changed for a day where nothing else is said, and no more than five at once', async () => {
      const path = await made();
      const rotate = (body?: object) => client.post(`${path}/secret/rotate`, body);
      let last = await rotate();
      for (let times = 2; times <= 4; times++) last = await rotate({});
      expect(last.status).toBe(200);
      expect(problemOf(await client.post(`${path}/secret/rotate`, {}))).toEqual([
        409,
        'subscription-secrets-exhausted',
      ]);
      const { expiringSecrets } = await secretOf(path, last);
      expect(expiringSecrets).toHaveLength(4);
      for (const { expiresAt } of expiringSecrets)
        expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(86_000_000);
    });

    it('and their extra headers, nowhere else', async () => {
      const path = await made({ secret: SECRET, headers: { authorization: 'Bearer very-private' } });
      await client.patch(path, { headers: { authorization: 'Bearer more-private' } });
      await client.post(`${path}/secret/rotate`, {});
      const { body: told } = await client.get(`${path}/secret`);
      const lifecycle = await events('webhook-subscription.*', 3);
      expect(lifecycle.map(({ eventType }: { eventType: string }) => eventType)).toEqual([
        'webhook-subscription.created',
        'webhook-subscription.updated',
        'webhook-subscription.updated',
      ]);
      for (const { data } of lifecycle) {
        expect(data).not.toHaveProperty('secrets');
        expect(data).not.toHaveProperty('headers');
      }
      const rows = await inDatabase<{ row: string }>(
        system.databaseUrl,
        'select webhook_subscription::text as row from webhook_subscription',
      );
      const shown = [
        rows,
        lifecycle,
        (await client.get(path)).body,
        (await client.get(PATH)).body,
        await system.log(),
      ];
      for (const text of shown.map((each) => JSON.stringify(each)))
        for (const hidden of ['whsec_', 'very-private', 'more-private', told.secret.slice(6)])
          expect(text).not.toContain(hidden);
    });
  });

  it('end, and are gone at once', async () => {
    const path = await made();
    const answer = await client.request('DELETE', path, undefined, { 'if-match': '"1"', ...keyed('d') });
    expect(told(answer)).toMatchObject({ status: 204, etag: '"2"' });
    expect(problemOf(await client.get(path))).toEqual([404, 'subscription-not-found']);
    expect(
      told(await client.request('DELETE', path, undefined, { 'if-match': '"1"', ...keyed('d') })),
    ).toEqual(told(answer));
    for (const [method, sub] of [
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/test'],
      ['POST', '/secret/rotate'],
    ] as const) {
      const refused = await client.request(method, path + sub, method === 'PATCH' ? {} : undefined);
      expect(problemOf(refused)).toEqual([404, 'subscription-not-found']);
    }
  });

  it("are nobody else's", async () => {
    const path = await made();
    const stranger = await system.client();
    const answers = [
      await stranger.get(path),
      await stranger.get(`${path}/secret`),
      await stranger.patch(path, { rateLimit: 1 }),
      await stranger.post(`${path}/pause`, undefined),
      await stranger.post(`${path}/test`, undefined),
      await stranger.post(`${path}/secret/rotate`, {}),
      await stranger.delete(path),
      await client.get(`${PATH}/not-an-id`),
      await client.post(`${PATH}/not-an-id/pause`, undefined),
      await client.get(`${PATH}/${randomUUID()}`),
    ];
    for (const answer of answers) expect(problemOf(answer)).toEqual([404, 'subscription-not-found']);
    expect((await stranger.get(PATH)).body.items).toEqual([]);
    const { body } = await stranger.get('/v1/events?from=beginning&wait=0&eventTypes=webhook-subscription.*');
    expect(body.items).toEqual([]);
  });

  it('are there as before after their tables are lost', async () => {
    const path = await made({ secret: SECRET, headers: { 'x-a': 'b' } });
    const before = (await client.get(path)).body;
    await system.app.stop();
    await inDatabase(
      system.databaseUrl,
      'truncate webhook_subscription, stream_state, stream_state_checkpoint',
      `delete from projection_checkpoint where projection = 'webhook-subscriptions'`,
    );
    await system.app.restart();
    await eventually(async () => expect((await client.get(path)).body).toEqual(before));
    expect((await client.get(`${path}/secret`)).body).toEqual({ secret: SECRET });
  });
});
