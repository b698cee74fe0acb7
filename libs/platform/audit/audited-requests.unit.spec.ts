import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { register } from 'prom-client';
import { newId } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
import { makeApiKey } from '../auth/api-keys.js';
import { Public } from '../auth/route-access.js';
import { createHttpApp, listen } from '../http/http-app.js';
import { appRoot } from '../run-app.js';
import { loadSettings } from '../settings/settings.js';
import { actLog, API_KEY, OPERATOR_KEY, TENANT, TestApp } from '../testing/http-app.fixture.js';
import { RawClient } from '../testing/raw-client.js';
import { Audited } from './audited-routes.js';

const app = await TestApp.use();

interface Call {
  readonly key?: string;
  readonly tenant?: string;
  readonly body?: object | string;
  readonly method?: string;
  readonly signal?: AbortSignal;
}

async function call(path: string, { key = API_KEY, tenant, body, method, signal }: Call = {}) {
  const answer = await fetch(`${app.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(tenant !== undefined && { 'orderstream-tenant': tenant }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, answer };
}

const subscriptionId = newId();
const rotation = `/v1/webhook-subscriptions/${subscriptionId}/secret/rotate`;

beforeEach(() => {
  actLog.begun.length = 0;
  actLog.ended.clear();
  actLog.isAway = false;
  actLog.lostEnds = 0;
});

/** The only act, and how it ended. */
async function theAct() {
  await until(() => actLog.ended.size === 1);
  expect(actLog.begun).toHaveLength(1);
  const [act] = actLog.begun;
  return { act, end: actLog.ended.get(act!.actId) };
}

describe('Orderstream-Tenant', () => {
  it('has an operator act for the tenant, with all that its keys may do', async () => {
    const { status, body } = await call('/v1/orders/o-1', { key: OPERATOR_KEY, tenant: TENANT });
    expect([status, body]).toEqual([200, { orderId: 'o-1', tenant: TENANT }]);
  });

  it.each([TENANT, 'globex', 'no name'])(
    'is refused to callers without the scope, which the answer names: %s',
    async (tenant) => {
      const { status, body } = await call('/v1/orders/o-1', { tenant });
      expect([status, body['code'], body['detail']]).toEqual([
        403,
        'forbidden',
        expect.stringMatching(/Orderstream-Tenant needs the scope operator/),
      ]);
    },
  );

  it.each(['', 'no name', 'acme, acme', '-acme', 'a/b', 'x'.repeat(64)])(
    'is refused unless it is one name: %j',
    async (tenant) => {
      const { status, body } = await call('/v1/orders/o-1', { key: OPERATOR_KEY, tenant });
      expect([status, body['errors']]).toEqual([
        400,
        [expect.objectContaining({ pointer: '/Orderstream-Tenant' })],
      ]);
      expect(actLog.begun).toEqual([]);
    },
  );

  it('is needed for what the operator may not do by its own scopes', async () => {
    const { status, body } = await call('/v1/orders/o-1', { key: OPERATOR_KEY });
    expect([status, body['detail']]).toEqual([403, expect.stringContaining('orders:')]);
  });

  it('is refused where all tenants are meant', async () => {
    const { status } = await call('/v1/operator-only', { key: OPERATOR_KEY, tenant: TENANT });
    expect(status).toBe(400);
  });
});

describe('an act', () => {
  it('of an operator for a tenant is recorded, reads too', async () => {
    await call('/v1/orders/o-1', { key: OPERATOR_KEY, tenant: TENANT });
    const { act, end } = await theAct();
    expect(act).toEqual({
      actId: expect.any(String),
      act: 'tenant.read',
      actor: 'op',
      actorKind: 'key',
      tenant: TENANT,
      objectKind: 'order',
      // It is no id as orders have.
      objectId: null,
      route: 'GET /v1/orders/:orderId',
      from: expect.stringMatching(/127\.0\.0\.1|::1/),
      requestId: expect.any(String),
    });
    expect(end).toEqual({ outcome: 'succeeded', status: 200 });
  });

  it.each([
    ['tea/green 😀', 'tea/green 😀'],
    [makeApiKey(), null],
    ['whsec_c2VjcmV0c2VjcmV0', null],
    ['a\0b', null],
  ])(
    'names what a client has named, unless it is a secret or cannot be stored: %j',
    async (sku, objectId) => {
      await call(`/v1/stock/${encodeURIComponent(sku)}`, { key: OPERATOR_KEY, tenant: TENANT });
      expect((await theAct()).act).toMatchObject({ objectKind: 'sku', objectId });
    },
  );

  it('of an operator that changes something is recorded as such, and under its own name where it has one', async () => {
    await call('/v1/orders', { key: OPERATOR_KEY, tenant: TENANT, body: {} });
    expect((await theAct()).act).toMatchObject({ act: 'tenant.changed', objectKind: null });
    actLog.begun.length = 0;
    actLog.ended.clear();
    await call(rotation, { key: OPERATOR_KEY, tenant: TENANT, body: {} });
    expect((await theAct()).act).toMatchObject({
      act: 'webhook-secret.rotated',
      actor: 'op',
      tenant: TENANT,
    });
  });

  it.each([
    ['GET', 'operations.read'],
    ['POST', 'operations.changed'],
  ])('about the whole system belongs to no tenant: %s', async (method, name) => {
    await call('/v1/operator-only', { key: OPERATOR_KEY, method });
    expect((await theAct()).act).toMatchObject({ act: name, tenant: null, actor: 'op' });
  });

  it('is not what a tenant does with its own things', async () => {
    await call('/v1/orders/o-1');
    await call('/v1/orders', { body: {} });
    await call(`/v1/webhook-subscriptions/${subscriptionId}/pause`, { body: {} });
    expect(actLog.begun).toEqual([]);
  });

  it('has no secret of the answer', async () => {
    expect((await call(rotation, { body: {} })).body).toEqual({ secret: 'whsec_c2VjcmV0' });
    const { act } = await theAct();
    expect(act).toMatchObject({
      tenant: TENANT,
      actor: 'k',
      objectKind: 'subscription',
      objectId: subscriptionId,
    });
    expect(JSON.stringify(act)).not.toMatch(/whsec|a-key/);
  });

  it.each([
    ['subscription-not-found', { outcome: 'refused', status: 404 }],
    ['internal-error', { outcome: 'failed', status: 500 }],
    ['unavailable', { outcome: 'failed', status: 503 }],
    ['outcome-unknown', { outcome: 'unknown', status: 503 }],
  ])('ends as its answer says: %s', async (code, expected) => {
    await call(rotation, { body: { code } });
    expect((await theAct()).end).toEqual(expected);
  });

  it('is refused where its body cannot be read', async () => {
    await call(rotation, { body: '{' });
    expect((await theAct()).end).toEqual({ outcome: 'refused', status: 400 });
  });

  it('ends as it was done, though its client has left before the answer', async () => {
    const release = app.holdOrders();
    const body = JSON.stringify({ customer: { id: 'left' } });
    const client = RawClient.to(app.url);
    const headers = {
      authorization: `Bearer ${OPERATOR_KEY}`,
      'orderstream-tenant': TENANT,
      'content-type': 'application/json',
      'content-length': String(body.length),
    };
    client.send('/v1/orders', headers, body);
    await until(() => app.acceptedCustomers.includes('left'));
    client.reset();
    await sleep(50);
    expect(actLog.ended.size).toBe(0);
    release();
    expect((await theAct()).end).toEqual({ outcome: 'succeeded', status: 201 });
  });

  it('has its outcome noted a little later where that is not possible at once', async () => {
    actLog.lostEnds = 1;
    expect((await call(rotation, { body: {} })).status).toBe(201);
    expect((await theAct()).end).toEqual({ outcome: 'succeeded', status: 201 });
  });

  it('is not recorded if the caller may not do it', async () => {
    expect((await call(rotation, { key: OPERATOR_KEY, body: {} })).status).toBe(403);
    expect((await call(rotation, { key: 'wrong', body: {} })).status).toBe(401);
    expect(actLog.begun).toEqual([]);
  });

  it('is refused and not done where it cannot be recorded; all else goes on', async () => {
    actLog.isAway = true;
    const { status, body, answer } = await call('/v1/orders', {
      key: OPERATOR_KEY,
      tenant: TENANT,
      body: { customer: { id: 'unrecorded' } },
    });
    expect([status, body['code'], answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    expect(app.acceptedCustomers).not.toContain('unrecorded');
    expect((await call(rotation, { body: {} })).status).toBe(503);
    expect((await call('/v1/orders', { body: {} })).status).toBe(201);
  });
});

@Controller('v1/unrecorded')
@Public()
class UnrecordedController {
  @Post()
  @Audited('payment.refunded')
  act(): unknown {
    return {};
  }
}

@Module({ controllers: [UnrecordedController] })
class UnrecordedModule {}

describe('an app with an audited route', () => {
  it('does not start without something that keeps acts', async () => {
    register.clear();
    const settings = loadSettings({ HTTP_PORT: '0', LOG_LEVEL: 'fatal' });
    const { API_KEY_STORE } = await import('../auth/api-keys.js');
    const keys = {
      provide: API_KEY_STORE,
      useValue: { findByHashes: async () => new Map(), noteUse: async () => undefined },
    };
    const modules = [{ module: class Keys {}, global: true, providers: [keys], exports: [keys] }];
    const unfinished = await createHttpApp(appRoot(settings, [...modules, UnrecordedModule]), settings);
    await expect(listen(unfinished, settings)).rejects.toThrow('POST /v1/unrecorded is audited');
    await unfinished.close();
  });
});
