import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Act } from '#libs/audit/core';
import { runCli } from '../../tools/launcher/embedded.mjs';
import { allPages, inDatabase, pointersOf } from './commands.fixture.js';
import {
  Client,
  eventually,
  locationOf,
  sharedServers,
  someOrder,
  useSharedSystem,
} from './system.fixture.js';

/** What no act may hold: keys, signing secrets, and what the requests here have in their bodies. */
const SECRETS = /whsec_|os_[\w-]{20}|v1,|Bearer|very private/;

describe('the audit topic', () => {
  const { system, client } = useSharedSystem();

  /** The acts of the read model, which the topic's events make, in the order in which they began. */
  const acts = async (condition: string): Promise<Act[]> => {
    const sql = `select state from audit_act where ${condition} order by acted_at, act_id`;
    return (await inDatabase<{ state: Act }>(system.databaseUrl, sql)).map(({ state }) => state);
  };
  const actsOf = (actor: string, count: number) =>
    eventually(async () => {
      const found = await acts(`actor = '${actor}'`);
      expect(found.map(({ act }) => act)).toHaveLength(count);
      return found;
    });
  /** The id of the client's key, as an event that it has made names it. */
  const keyId = async (): Promise<string> => {
    const { body } = await eventually(async () => {
      const orderId = await client.createOrder();
      const found = await client.get(`/v1/orders/${orderId}/events`);
      expect(found.body.items).toHaveLength(1);
      return found;
    });
    return body.items[0].metadata.actor;
  };
  const cli = async (...args: string[]): Promise<string> => {
    const logFile = join(process.env.ORDERSTREAM_TEST_DIRECTORY ?? tmpdir(), `cli-${randomUUID()}.log`);
    return (await runCli({ args, env: sharedServers(system.databaseUrl), logFile })).trim();
  };
  const subscribe = async (): Promise<string> =>
    locationOf(
      await client.subscribe({ callbackUrl: 'http://127.0.0.1:9/hook', eventTypes: ['order.created'] }),
    );

  it('has exactly one event for each administrative act, with its outcome and no secret', async () => {
    const actor = await keyId();
    const path = await subscribe();
    const subscriptionId = path.split('/').at(-1);
    const unknown = randomUUID();
    const private_ = { reason: 'very private' };
    const calls: [act: string, outcome: string, object: unknown, call: () => Promise<{ status: number }>][] =
      [
        ['webhook-secret.shown', 'succeeded', subscriptionId, () => client.get(`${path}/secret`)],
        [
          'webhook-secret.rotated',
          'succeeded',
          subscriptionId,
          () => client.post(`${path}/secret/rotate`, {}),
        ],
        [
          'dead-letters.redriven',
          'succeeded',
          subscriptionId,
          () => client.post(`${path}/dead-letters/redrive`, { all: true }),
        ],
        [
          'dead-letters.skipped',
          'succeeded',
          subscriptionId,
          () => client.post(`${path}/dead-letters/skip`, { all: true }),
        ],
        [
          'replay.created',
          'succeeded',
          subscriptionId,
          () => client.post(`${path}/replay`, { from: 'beginning' }),
        ],
        ['replay.created', 'refused', subscriptionId, () => client.post(`${path}/replay`, private_)],
        ['replay.cancelled', 'refused', unknown, () => client.delete(`${path}/replays/${unknown}`)],
        [
          'payment.reviewed',
          'refused',
          unknown,
          () => client.post(`/v1/payments/${unknown}/review`, { decision: 'approve', ...private_ }),
        ],
        [
          'payment.refunded',
          'refused',
          unknown,
          () => client.post(`/v1/payments/${unknown}/refunds`, private_),
        ],
        ['process.retried', 'refused', unknown, () => client.post(`/v1/processes/${unknown}/retry`, {})],
        [
          'process.cancelled',
          'refused',
          unknown,
          () => client.post(`/v1/processes/${unknown}/cancel`, private_),
        ],
      ];
    const statuses: number[] = [];
    for (const [, , , call] of calls) statuses.push((await call()).status);
    const found = await actsOf(actor, calls.length);
    expect(found.map(({ act, outcome, objectId, status }) => [act, outcome, objectId, status])).toEqual(
      calls.map(([act, outcome, object], index) => [act, outcome, object, statuses[index]]),
    );
    for (const act of found) {
      expect(act).toMatchObject({ actorKind: 'key', from: expect.stringMatching(/127\.0\.0\.1|::1/) });
      expect(JSON.stringify(act)).not.toMatch(SECRETS);
      expect(JSON.stringify(act)).not.toContain(client.apiKey);
    }
  });

  it('has an event for each act of the command line, and none of its keys', async () => {
    const tenant = `tenant-${randomUUID()}`;
    const key = await cli('keys', 'create', '--tenant', tenant, '--name', 'very private', '--quiet');
    const [created] = await eventually(async () => {
      const found = await acts(`for_tenant = '${tenant}'`);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(created).toMatchObject({
      act: 'api-key.created',
      actorKind: 'command-line',
      actor: expect.stringMatching(/.@./),
      from: created!.actor,
      objectKind: 'api-key',
      objectId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      route: 'orderstream keys create',
      outcome: 'succeeded',
      requestId: null,
    });
    const second = await cli('keys', 'rotate', created!.objectId!, '--quiet');
    await cli('keys', 'revoke', created!.objectId!);
    await expect(cli('projections', 'retry', 'orders')).rejects.toThrow();
    const found = await eventually(async () => {
      const ofTenant = await acts(`for_tenant = '${tenant}'`);
      const retried = await acts(`act = 'projection.retried' and actor = '${created!.actor}'`);
      expect([ofTenant.length, retried.length > 0]).toEqual([4, true]);
      return [...ofTenant, ...retried];
    });
    expect(found.map(({ act, outcome }) => [act, outcome])).toEqual(
      expect.arrayContaining([
        ['api-key.rotated', 'succeeded'],
        ['api-key.revoked', 'succeeded'],
        ['projection.retried', 'refused'],
      ]),
    );
    // Of the key that came by rotation, too.
    const byRotation = found.find(
      ({ act, objectId }) => act === 'api-key.created' && objectId !== created!.objectId,
    );
    expect(byRotation).toMatchObject({ route: 'orderstream keys rotate', outcome: 'succeeded' });
    expect(JSON.stringify(found)).not.toMatch(SECRETS);
    for (const one of [key, second]) expect(JSON.stringify(found)).not.toContain(one);
    // The deployment of the system.
    expect(await acts(`act = 'system.deployed'`)).not.toEqual([]);
  });

  it('has each act of an operator for a tenant, and operators list them', async () => {
    const tenant = `tenant-${randomUUID()}`;
    const theirs = await system.client(tenant);
    const orderId = await theirs.createOrder();
    const key = await cli('keys', 'create', '--tenant', 'operations', '--scopes', 'operator', '--quiet');
    const operator = new Client(() => system.app.url, key);
    const as = { 'orderstream-tenant': tenant };
    expect((await operator.get(`/v1/orders/${orderId}`)).status).toBe(403);
    await eventually(async () => expect((await theirs.get(`/v1/orders/${orderId}`)).status).toBe(200));
    expect((await operator.get(`/v1/orders/${orderId}?asOf=2100-01-01T00:00:00Z`, as)).status).toBe(200);
    const made = await operator.post('/v1/orders', someOrder(), as);
    expect(made.status).toBe(201);

    const list = '/v1/operations/audit';
    const { items } = await eventually(async () => {
      const { status, body } = await operator.get(`${list}?tenant=${tenant}`);
      expect([status, body.items.length]).toEqual([200, 2]);
      return body;
    });
    const [changed, read] = items;
    expect(read).toEqual({
      actId: expect.any(String),
      act: 'tenant.read',
      actor: expect.stringMatching(/^[0-9a-f-]{36}$/),
      actorKind: 'key',
      tenant,
      objectKind: 'order',
      objectId: orderId,
      route: 'GET /v1/orders/:orderId',
      from: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      requestId: expect.any(String),
      outcome: 'succeeded',
      status: 200,
      at: expect.stringMatching(/Z$/),
      recordedAt: expect.stringMatching(/Z$/),
    });
    expect(changed).toMatchObject({ act: 'tenant.changed', route: 'POST /v1/orders', status: 201 });
    expect(JSON.stringify(items)).not.toMatch(SECRETS);

    // Whose order it is, and who has really made it.
    await eventually(async () => {
      const { body } = await theirs.get(`/v1/orders/${made.body.orderId}/events`);
      expect(body.items?.[0]?.metadata).toMatchObject({ actor: read.actor, tenant });
    });

    const filtered = async (query: string) => {
      const { status, body } = await operator.get(`${list}?tenant=${tenant}&${query}`);
      expect(status).toBe(200);
      return body.items.map(({ actId }: { actId: string }) => actId);
    };
    expect(await filtered('act=tenant.read')).toEqual([read.actId]);
    expect(await filtered(`actor=${read.actor}`)).toEqual([changed.actId, read.actId]);
    expect(await filtered('actor=somebody')).toEqual([]);
    expect(await filtered(`from=${changed.at}&act=tenant.changed`)).toEqual([changed.actId]);
    expect(await filtered(`to=${read.at}`)).toEqual([]);
    expect(await allPages(operator, `${list}?tenant=${tenant}&limit=1`)).toEqual(items);
    expect((await operator.get(`${list}/${read.actId}`)).body).toEqual(read);
    const missing = await operator.get(`${list}/${randomUUID()}`);
    expect([missing.status, missing.body.code]).toEqual([404, 'act-not-found']);
    expect((await theirs.get(list)).status).toBe(403);
    expect((await operator.get(`${list}?act=sleep`)).status).toBe(400);
    // Looking at the list is an act, too.
    const looks = await eventually(async () => {
      const found = await acts(`actor = '${read.actor}' and act = 'operations.read'`);
      expect(found.length).toBeGreaterThan(3);
      return found;
    });
    expect(looks[0]).toMatchObject({ tenant: null, route: `GET ${list}`, outcome: 'succeeded' });
  });

  it('is shown and delivered to no tenant', async () => {
    const path = await subscribe();
    await client.get(`${path}/secret`);
    await eventually(async () => expect(await acts(`act = 'webhook-secret.shown'`)).not.toEqual([]));
    const { body } = await client.get('/v1/events?from=beginning&wait=0&limit=500');
    expect(body.items.filter(({ eventType }: { eventType: string }) => eventType.startsWith('act.'))).toEqual(
      [],
    );
    const callbackUrl = 'http://127.0.0.1:9/hook';
    for (const eventType of ['act.*', 'act.recorded']) {
      expect((await client.get(`/v1/events?eventTypes=${eventType}`)).status).toBe(400);
      const refused = await client.post('/v1/webhook-subscriptions', {
        callbackUrl,
        eventTypes: [eventType],
      });
      expect([refused.status, pointersOf(refused)]).toEqual([400, ['/eventTypes/0']]);
    }
  });

  it('refuses an act that cannot be recorded, and does not do it; all else goes on', async () => {
    const path = await subscribe();
    const before = (await client.get(`${path}/secret`)).body.secret;
    await inDatabase(system.databaseUrl, 'alter table audit_outbox rename to audit_outbox_away');
    try {
      const { status, body } = await client.post(`${path}/secret/rotate`, {});
      expect([status, body.code]).toEqual([503, 'unavailable']);
      await client.createOrder();
    } finally {
      await inDatabase(system.databaseUrl, 'alter table audit_outbox_away rename to audit_outbox');
    }
    expect((await client.get(`${path}/secret`)).body.secret).toBe(before);
  });

  it('has a read model that equals the log, also after a rebuild', async () => {
    await cli('rebuild', 'audit');
    await cli('verify', 'audit');
  });
});
