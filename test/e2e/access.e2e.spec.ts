import { randomUUID } from 'node:crypto';
import { makeApiKey, SCOPES, type Scope } from '#libs/platform';
import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { StreamClient } from './event-stream.fixture.js';
import { Browser, send } from './session.fixture.js';
import { Client, eventually, locationOf, someOrder, useSharedSystem } from './system.fixture.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[] | undefined;
}

/** Routes that need no credential. A new one is a decision, so it is written down here. */
const PUBLIC = [
  'get /health/live',
  'get /health/started',
  'get /health/ready',
  'post /v1/payment-gateways/stripe/webhook',
  'post /v1/session',
  'get /v1/session/options',
  'post /v1/session/development-key',
  'post /v1/session/portal',
  'get /v1/session/oidc',
  'get /v1/session/oidc/callback',
];

/** Routes about the session itself, which need its cookie and no scope. */
const OF_SESSIONS = ['get /v1/session', 'delete /v1/session'];

/** A proxy of ours, in front of the system: each caller has an address of its own. */
const from = (address: string) => ({ 'x-forwarded-for': address });

describe('who may do what', () => {
  const { system, client } = useSharedSystem({
    // With keys cached for an hour, only a notice tells of a change in time. Fulfilment makes processes to look for.
    settings: {
      HTTP_TRUSTED_PROXIES: '127.0.0.0/8',
      API_KEY_CACHE_MS: '3600000',
      FULFILMENT_ENABLED: 'true',
    },
  });
  let prisma: ReturnType<typeof makePrisma>;
  let keys: ApiKeyRepository;
  let operations: Operation[];
  let addresses = 0;
  const tenant = `access-${randomUUID()}`;
  const someAddress = () => `2001:db8:${(++addresses).toString(16)}::1`;

  beforeAll(async () => {
    prisma = makePrisma({ url: system.databaseUrl, poolSize: 1, timeoutMs: 5_000 });
    keys = new ApiKeyRepository(prisma);
    const document = (await (await fetch(`${system.app.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, Pick<Operation, 'security'>>>;
    };
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ method, path, security })),
    );
  });
  afterAll(() => prisma?.$disconnect());

  const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
  const guarded = () =>
    operations.filter((operation) => ![...PUBLIC, ...OF_SESSIONS].includes(nameOf(operation)));
  const scopeOf = ({ security }: Operation) => security?.[0]?.bearer?.[0];
  /** Nothing exists under these ids. */
  const pathOf = ({ path }: Operation) => path.replaceAll(/\{\w+\}/g, () => randomUUID());

  async function call(operation: Operation, key?: string, path = pathOf(operation)) {
    const answer = await fetch(`${system.app.url}${path}`, {
      method: operation.method.toUpperCase(),
      headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...from(someAddress()) },
      signal: AbortSignal.timeout(60_000),
    });
    // An event stream does not end by itself.
    if (answer.headers.get('content-type')?.includes('event-stream')) await answer.body?.cancel();
    const isProblem = answer.headers.get('content-type')?.includes('problem') ?? false;
    const problem = (isProblem ? await answer.json() : {}) as { code?: string; detail?: string };
    if (!isProblem && !answer.bodyUsed) await answer.body?.cancel();
    return { status: answer.status, problem };
  }

  /** The routes with what each answered. */
  async function walk(key?: string, routes = guarded()) {
    const seen: { operation: Operation; status: number; problem: { code?: string; detail?: string } }[] = [];
    for (const operation of routes) seen.push({ operation, ...(await call(operation, key)) });
    return seen;
  }
  const statusesOf = (seen: Awaited<ReturnType<typeof walk>>) =>
    seen.map(({ operation, status }) => `${nameOf(operation)} ${status}`);
  const refused = () => guarded().map((operation) => `${nameOf(operation)} 401`);

  it('every route is known to be public, or has one scope that exists', () => {
    expect(operations.length).toBeGreaterThan(40);
    expect(operations.map(nameOf)).toEqual(expect.arrayContaining([...PUBLIC, ...OF_SESSIONS]));
    for (const operation of guarded()) {
      expect([nameOf(operation), operation.security?.length]).toEqual([nameOf(operation), 1]);
      expect(SCOPES).toContain(scopeOf(operation));
    }
  });

  it('nobody gets anything without a key, or with one that nobody has', async () => {
    expect(statusesOf(await walk())).toEqual(refused());
    expect(statusesOf(await walk(makeApiKey()))).toEqual(refused());
  });

  it.each(SCOPES)('a key of the scope %s opens its routes and no other, by name', async (scope) => {
    const { key } = await keys.create({ tenant, name: scope, scopes: [scope] });
    for (const { operation, status, problem } of await walk(key)) {
      const needed = scopeOf(operation) as Scope;
      const answer = [nameOf(operation), status, problem.code, problem.detail];
      if (needed === scope) expect([401, 403]).not.toContain(status);
      else
        expect(answer).toEqual([
          nameOf(operation),
          403,
          'forbidden',
          expect.stringMatching(new RegExp(`the scope ${needed}\\b`)),
        ]);
    }
  });

  it('a session opens what its key does, and no route without the cookie, by a wrong one or as a forgery', async () => {
    const scopes: Scope[] = ['orders:read', 'webhooks:write', 'operator'];
    const { key } = await keys.create({ tenant, name: 'session', scopes });
    const browser = await Browser.logIn(() => system.app.url, { apiKey: key });
    const unsafe = guarded().filter(({ method }) => method !== 'get');
    for (const operation of guarded()) {
      const needed = scopeOf(operation) as Scope;
      const { status, body } = await browser.request(operation.method.toUpperCase(), pathOf(operation));
      const isForbidden = status === 403 && body.code === 'forbidden';
      expect([nameOf(operation), isForbidden]).toEqual([nameOf(operation), !scopes.includes(needed)]);
      expect(status).not.toBe(401);
    }
    for (const operation of unsafe) {
      const { cookie } = browser;
      const answer = await send(system.app.url, operation.method.toUpperCase(), pathOf(operation), {
        headers: { cookie },
      });
      expect([nameOf(operation), answer.status, answer.body.code]).toEqual([
        nameOf(operation),
        403,
        'csrf-failed',
      ]);
    }
    for (const name of OF_SESSIONS) {
      const [method = '', path = ''] = name.split(' ');
      const wrong = [
        {},
        { authorization: `Bearer ${key}` },
        { cookie: `orderstream_session=${'x'.repeat(43)}` },
      ];
      for (const headers of wrong) {
        const { status } = await send(system.app.url, method.toUpperCase(), path, { headers });
        expect([name, Object.keys(headers), status]).toEqual([name, Object.keys(headers), 401]);
      }
    }
  });

  it('a key that is revoked is refused a moment later, and so is one that was replaced or has expired', async () => {
    const orders = guarded().find((operation) => nameOf(operation) === 'get /v1/orders')!;
    const [revoked, replaced] = [
      await keys.create({ tenant, name: 'revoked' }),
      await keys.create({ tenant, name: 'replaced' }),
    ];
    const expired = await keys.create({ tenant, name: 'short', expiresAt: new Date(Date.now() + 3_000) });
    for (const { key } of [revoked, replaced, expired]) expect((await call(orders, key)).status).toBe(200);
    await keys.revoke(revoked.keyId);
    const next = await keys.rotate(replaced.keyId, 0);
    for (const { key } of [revoked, replaced, expired]) {
      await eventually(async () => expect((await call(orders, key)).status).toBe(401), 30_000);
      expect(statusesOf(await walk(key))).toEqual(refused());
    }
    expect((await call(orders, next!.key)).status).toBe(200);
  });

  it('event streams and long polls end with the key that is revoked', async () => {
    const { key, keyId } = await keys.create({ tenant, name: 'streaming' });
    const other = await keys.create({ tenant, name: 'goes on' });
    const [stream, goesOn] = [
      await StreamClient.open(system.app.url, key),
      await StreamClient.open(system.app.url, other.key),
    ];
    const polled = new Client(() => system.app.url, key).get('/v1/events?wait=60');
    const longer = new Client(() => system.app.url, other.key).get('/v1/events?wait=45');
    await eventually(() => expect([stream.lastEventId, goesOn.lastEventId]).not.toContain(''));
    await keys.revoke(keyId);
    expect(await stream.ended).toBe('closed');
    expect((await Promise.race([polled, longer.then(() => undefined)]))?.body.items).toEqual([]);
    const orderId = await new Client(() => system.app.url, other.key).createOrder();
    await eventually(() => expect(goesOn.items.map(({ data }) => data.orderId)).toContain(orderId));
    expect((await longer).status).toBe(200);
    await goesOn.close();
  });

  it('nothing of another tenant is there', async () => {
    const orderId = await client.createOrder();
    const subscription = await client.subscribe({
      callbackUrl: 'http://127.0.0.1:9/hook',
      eventTypes: ['webhook.test'],
    });
    const ids: Readonly<Record<string, string>> = {
      orderId,
      processId: orderId,
      subscriptionId: locationOf(subscription).split('/').at(-1)!,
      cartId: randomUUID(),
      sku: `sku-${randomUUID()}`,
    };
    await client.put(`/v1/carts/${ids.cartId}`, { customer: { id: 'c' }, currency: 'EUR' });
    await client.post(`/v1/stock/${ids.sku}/receipts`, { quantity: 1 });
    const { key } = await keys.create({ tenant, name: 'other' });
    const things = guarded().filter(
      ({ method, path }) =>
        method === 'get' &&
        // It needs to be told of an event: see explain.e2e.spec.ts.
        !path.endsWith('/explain') &&
        [...path.matchAll(/\{(\w+)\}/g)].some(([, name]) => ids[name!] !== undefined),
    );
    const pathTo = ({ path }: Operation) =>
      path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? randomUUID());
    const own = things.filter(({ path }) => !/\{(replayId|eventId)\}/.test(path));
    for (const operation of own)
      await eventually(async () => {
        const { status } = await call(operation, client.apiKey, pathTo(operation));
        expect([nameOf(operation), status]).toEqual([nameOf(operation), 200]);
      });
    for (const operation of things)
      expect([nameOf(operation), (await call(operation, key, pathTo(operation))).status]).toEqual([
        nameOf(operation),
        404,
      ]);
  });

  it('a guesser is slowed down, while callers from its address and from others are served', async () => {
    const guesser = '203.0.113.9';
    const ask = async (key: string, address: string) => {
      const answer = await fetch(`${system.app.url}/v1/orders?limit=1`, {
        headers: { authorization: `Bearer ${key}`, ...from(address) },
      });
      await answer.text();
      return answer;
    };
    const { key } = await keys.create({ tenant, name: 'good' });
    expect((await ask(key, guesser)).status).toBe(200);
    const guesses = Promise.all(Array.from({ length: 300 }, () => ask(makeApiKey(), guesser)));
    const fresh = await keys.create({ tenant, name: 'fresh' });
    const served = await Promise.all([
      ...Array.from({ length: 20 }, () => ask(key, guesser)),
      ...Array.from({ length: 20 }, () => ask(fresh.key, '198.51.100.7')),
    ]);
    expect(served.map(({ status }) => status)).toEqual(served.map(() => 200));
    const answers = await guesses;
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThan(100);
    for (const { headers } of limited) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(answers.filter(({ status }) => ![401, 429].includes(status))).toEqual([]);
    expect((await ask(makeApiKey(), '198.51.100.7')).status).toBe(401);
  });

  it.each([
    ['garbage', "'; drop table api_key; --"],
    ['many addresses', Array.from({ length: 1_500 }, () => '127.0.0.1').join(',')],
    ['an endless word', 'x'.repeat(12_000)],
    ['nothing', ','],
  ])('an address that is %s does no harm', async (_, text) => {
    for (const [key, status] of [
      [client.apiKey, 200],
      [makeApiKey(), 401],
    ] as const) {
      const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': text };
      expect((await fetch(`${system.app.url}/v1/orders?limit=1`, { headers })).status).toBe(status);
    }
  });

  it('what a proxy says of host and protocol changes no link', async () => {
    const elsewhere = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };
    const created = await client.post('/v1/orders', someOrder(), elsewhere);
    expect(created.status).toBe(201);
    expect(locationOf(created)).toMatch(/^\/v1\/orders\//);
    expect(JSON.stringify([...created.headers, created.body])).not.toContain('evil');
    const strange = await new Client(() => system.app.url, 'nobody').get('/v1/orders', elsewhere);
    expect(JSON.stringify([...strange.headers, strange.body])).not.toContain('evil');
  });
});
