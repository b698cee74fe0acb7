import { randomUUID } from 'node:crypto';
import { hashSessionToken } from '#libs/platform';
import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { Browser, send } from './session.fixture.js';
import { Client, eventually, locationOf, someOrder, useSharedSystem } from './system.fixture.js';

const SUBSCRIPTIONS = '/v1/webhook-subscriptions';

/** What the session of a portal can call. A new one is a decision, so it is written down here. */
const IN_PORTAL = `
  get /v1/session
  delete /v1/session
  get /v1/event-types
  get ${SUBSCRIPTIONS}
  post ${SUBSCRIPTIONS}
`
  .trim()
  .split(/\s*\n\s*/);
/** Those of them that name no subscription, and still serve a portal of a single one. */
const FOR_ONE = ['get /v1/session', 'delete /v1/session', 'get /v1/event-types', `get ${SUBSCRIPTIONS}`];

describe('a portal', () => {
  const { system, client } = useSharedSystem({
    settings: { API_KEY_CACHE_MS: '3600000', PORTAL_FRAME_ANCESTORS: 'https://shop.example' },
    clientFor: 'test',
  });
  const url = () => system.app.url;
  let prisma: ReturnType<typeof makePrisma>;
  beforeAll(() => {
    prisma = makePrisma({ url: system.databaseUrl, poolSize: 1, timeoutMs: 5_000 });
  });
  afterAll(() => prisma?.$disconnect());

  const subscribe = async (owner: Client = client) =>
    locationOf(
      await owner.subscribe({ callbackUrl: 'http://127.0.0.1:9/hook', eventTypes: ['webhook.test'] }),
    )
      .split('/')
      .at(-1)!;
  async function newToken(body: object = {}, owner: Client = client): Promise<string> {
    const answer = await owner.post('/v1/portal-links', body);
    if (answer.status !== 201) throw new Error(`a link was answered ${answer.status}`);
    const [page, token = ''] = (answer.body.url as string).split('#');
    expect(page).toBe(`${url()}/console/portal`);
    return token;
  }
  const open = (token: string) => send(url(), 'POST', '/v1/session/portal', { body: { token } });
  const enter = (token: string) => Browser.logIn(url, { token }, '/v1/session/portal');

  /** The routes with what each answered, under ids of the given subscription or of nothing. */
  async function walk(browser: Browser, subscriptionId: string = randomUUID()) {
    const document = (await send(url(), 'GET', '/openapi.json')).body as {
      paths: Record<string, Record<string, { security: Record<string, string[]>[] }>>;
    };
    const seen = new Map<string, number>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const name = `${method} ${path}`;
        // Public routes ask nobody; to log out would end the walk.
        if (
          !security.some((one) => 'session' in one || one['bearer']?.length) ||
          name === 'delete /v1/session'
        )
          continue;
        const target = path.replaceAll(/\{(\w+)\}/g, (_, id) =>
          id === 'subscriptionId' ? subscriptionId : randomUUID(),
        );
        const { status } = await browser.request(method.toUpperCase(), target);
        seen.set(name, status);
      }
    }
    return seen;
  }
  const ofSubscriptions = (name: string) => name.includes(`${SUBSCRIPTIONS}/{`);

  it('opens once by its link, shows the webhooks of the tenant, and lets in nowhere else', async () => {
    const subscriptionId = await subscribe();
    const stranger = await system.client();
    const foreign = await subscribe(stranger);
    const token = await newToken();
    const both = await Promise.all([open(token), open(token), open(token)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 401, 401]);
    expect((await open(token)).body.code).toBe('unauthorized');
    const browser = await enter(await newToken());
    expect(browser.session).toMatchObject({ kind: 'portal', scopes: ['webhooks:read', 'webhooks:write'] });
    const listed = await browser.get(SUBSCRIPTIONS);
    expect(listed.body.items.map((item: { subscriptionId: string }) => item.subscriptionId)).toEqual([
      subscriptionId,
    ]);
    expect((await browser.get(`${SUBSCRIPTIONS}/${foreign}`)).status).toBe(404);
    expect((await browser.post(`${SUBSCRIPTIONS}/${subscriptionId}/pause`)).status).toBe(200);
    expect((await browser.get(SUBSCRIPTIONS, { 'orderstream-tenant': 'another' })).status).toBe(403);
    expect((await browser.post('/v1/orders', someOrder())).status).toBe(403);
    for (const [name, status] of await walk(browser)) {
      const isOpen = IN_PORTAL.includes(name) || ofSubscriptions(name);
      expect([name, status === 403]).toEqual([name, !isOpen]);
    }
  });

  it('of one subscription shows that one, and nothing of another', async () => {
    const [mine, other] = [await subscribe(), await subscribe()];
    const browser = await enter(await newToken({ subscriptionId: mine }));
    expect(browser.session.subscriptionId).toBe(mine);
    const listed = await browser.get(SUBSCRIPTIONS);
    expect(listed.body.items.map((item: { subscriptionId: string }) => item.subscriptionId)).toEqual([mine]);
    for (const [name, status] of await walk(browser, other))
      expect([name, status]).toEqual([
        name,
        FOR_ONE.includes(name) ? 200 : ofSubscriptions(name) ? 404 : 403,
      ]);
    expect((await browser.get(`${SUBSCRIPTIONS}/${mine.toUpperCase()}`)).status).toBe(200);
    expect((await browser.patch(`${SUBSCRIPTIONS}/${mine}`, { payload: 'thin' })).status).toBe(200);
    const nobodys = await client.post('/v1/portal-links', { subscriptionId: randomUUID() });
    expect([nobodys.status, nobodys.body.code]).toEqual([404, 'subscription-not-found']);
  });

  it('stays shut after the time of its link, and shuts after its own', async () => {
    const late = await newToken();
    await prisma.portalLink.update({
      where: { hash: hashSessionToken(late) },
      data: { expiresAt: new Date() },
    });
    expect((await open(late)).status).toBe(401);
    const browser = await enter(await newToken({ sessionSeconds: 60 }));
    const left = Date.parse(browser.session.expiresAt) - Date.now();
    expect([left > 30_000, left <= 60_000]).toEqual([true, true]);
    const hash = hashSessionToken(browser.cookie.split('=')[1]!);
    await prisma.session.update({ where: { hash }, data: { endsAt: new Date() } });
    await prisma.$executeRaw`select pg_notify('orderstream_session', ${hash})`;
    await eventually(async () => expect((await browser.get('/v1/session')).status).toBe(401), 30_000);
    for (const body of [
      { expiresInSeconds: 59 },
      { expiresInSeconds: 86_401 },
      { sessionSeconds: 0 },
      { x: 1 },
    ])
      expect((await client.post('/v1/portal-links', body)).status).toBe(400);
  });

  it('shuts, and its links no longer open, once the key that made them is revoked', async () => {
    const keys = new ApiKeyRepository(prisma);
    const made = await keys.create({ tenant: `portal-${randomUUID()}`, name: 'x' });
    const owner = new Client(url, made.key);
    const [used, unused] = [await newToken({}, owner), await newToken({}, owner)];
    const browser = await enter(used);
    expect((await browser.get(SUBSCRIPTIONS)).status).toBe(200);
    await keys.revoke(made.keyId);
    await eventually(async () => expect((await browser.get(SUBSCRIPTIONS)).status).toBe(401), 30_000);
    expect((await open(unused)).status).toBe(401);
  });

  it('is embedded by a cookie of its own kind, which the console never gets', async () => {
    const portal = (await open(await newToken())).headers.getSetCookie().at(-1);
    expect(portal).toMatch(/HttpOnly; SameSite=None; Secure; Partitioned$/);
    const log = await send(url(), 'POST', '/v1/session', { body: { apiKey: client.apiKey } });
    expect(log.headers.getSetCookie().at(-1)).toMatch(/HttpOnly; SameSite=Strict$/);
    const policyOf = async (path: string) =>
      (await send(url(), 'GET', path)).headers.get('content-security-policy');
    expect(await policyOf('/console/portal')).toContain('frame-ancestors https://shop.example');
    expect(await policyOf('/console')).toContain("frame-ancestors 'none'");
  });

  it('is an act when its link is made and opened, and so is what is done in it', async () => {
    const subscriptionId = await subscribe();
    const browser = await enter(await newToken({ subscriptionId }));
    await browser.get(`${SUBSCRIPTIONS}/${subscriptionId}/secret`);
    const { key } = await new ApiKeyRepository(prisma).create({
      tenant: 'ops',
      name: 'o',
      scopes: ['operator'],
    });
    const operator = new Client(url, key);
    await eventually(async () => {
      const { body } = await operator.get(`/v1/operations/audit?tenant=${browser.session.tenant}`);
      const acts = body.items.map(({ act, actorKind, objectId }: Record<string, string>) =>
        [act, actorKind, objectId === subscriptionId].join(' '),
      );
      expect(acts).toEqual([
        'webhook-secret.shown portal true',
        'portal-link.opened portal true',
        'portal-link.created key false',
      ]);
    });
  });

  const operatorKey = async () =>
    (await new ApiKeyRepository(prisma).create({ tenant: 'ops', name: 'o', scopes: ['operator'] })).key;

  it('does not tell by an explanation who a customer is', async () => {
    const email = 'ann@secret.example';
    const { body: order } = await client.post('/v1/orders', {
      ...someOrder(),
      customer: { id: 'c', name: 'Ann', email },
    });
    const subscriptionId = locationOf(
      await client.subscribe({
        callbackUrl: 'http://127.0.0.1:9/hook',
        eventTypes: ['order.created'],
        startFrom: 'beginning',
        filter: { 'data.customer.email': 'somebody@example.com' },
      }),
    )
      .split('/')
      .at(-1)!;
    const events = `/v1/orders/${order.orderId as string}/events`;
    const path = await eventually(async () => {
      const { body } = await client.get(events);
      return `${SUBSCRIPTIONS}/${subscriptionId}/explain?position=${body.items[0].position as string}`;
    });
    const condition = { field: 'data.customer.email', expected: ['somebody@example.com'] };
    expect((await client.get(path)).body.condition).toEqual({ ...condition, found: email });
    for (const browser of [
      await enter(await newToken({ subscriptionId })),
      await Browser.logIn(url, { apiKey: client.apiKey }),
    ])
      expect((await browser.get(path)).body.condition).toEqual({ ...condition, found: '•••' });
  });

  it('and the console do not repeat what a mail server said of an address', async () => {
    const { session } = await Browser.logIn(url, { apiKey: client.apiKey });
    const id = randomUUID();
    const error = "550 no such mailbox: o'secret@example.com";
    const state = JSON.stringify({ notificationId: id, error, status: 'failed' });
    await prisma.$executeRaw`
      insert into notification (notification_id, tenant, version, status, order_id, cart_id, created_at, updated_at, state)
      values (${id}::uuid, ${session.tenant}, 1, 'failed', '', '', now(), now(), ${state}::json)`;
    const path = `/v1/operations/dead-letters?kind=mail&tenant=${session.tenant}`;
    const key = await operatorKey();
    const [letter] = (await new Client(url, key).get(path)).body.items;
    expect(letter).toMatchObject({ notificationId: id, error, cause: '550 no such mailbox: <mail address>' });
    const browser = await Browser.logIn(url, { apiKey: key });
    expect((await browser.get(path)).body.items).toEqual([{ ...letter, error: '•••' }]);
  });

  it('and sessions of the console hide personal data until somebody asks for it, which is an act', async () => {
    const order = { ...someOrder(), customer: { id: 'c', name: 'Ann Secret', email: 'ann@secret.example' } };
    const created = await client.post('/v1/orders', {
      ...order,
      shippingAddress: { street: 'Secret Street 1' },
    });
    const path = `/v1/orders/${created.body.orderId as string}`;
    const browser = await Browser.logIn(url, { apiKey: client.apiKey });
    const shows = async (where: string, headers = {}) => {
      const { status, body } = await browser.get(where, headers);
      expect(status).toBe(200);
      return /secret/i.test(JSON.stringify(body));
    };
    await eventually(async () => expect((await client.get(path)).status).toBe(200));
    expect((await browser.get(path)).body).toMatchObject({
      customer: { id: 'c', name: '•••', email: '•••' },
      shippingAddress: { sealed: '•••' },
    });
    const show = { 'orderstream-personal-data': 'show' };
    for (const where of [path, `${path}/events`, '/v1/orders', '/v1/events?from=beginning&wait=0'])
      expect([where, await shows(where), await shows(where, show)]).toEqual([where, false, true]);
    expect((await client.get(path)).body.customer.name).toBe('Ann Secret');
    expect((await browser.get(path, { 'orderstream-personal-data': 'all' })).status).toBe(400);
    const key = await operatorKey();
    await eventually(async () => {
      const { body } = await new Client(url, key).get(
        `/v1/operations/audit?tenant=${browser.session.tenant}&act=personal-data.read`,
      );
      expect(body.items.map(({ route }: { route: string }) => route)).toEqual([
        'GET /v1/events',
        'GET /v1/orders',
        'GET /v1/orders/:orderId/events',
        'GET /v1/orders/:orderId',
      ]);
    });
  });
});
