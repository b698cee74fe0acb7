import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApiKey, TENANT_SCOPES } from '#libs/platform';
import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { makeTestDirectory } from '#libs/testing';
import { StreamClient } from './event-stream.fixture.js';
import { Browser, cookieOf, send } from './session.fixture.js';
import { eventually, someOrder, useSharedSystem } from './system.fixture.js';

const keyFile = join(await makeTestDirectory('development-key'), 'key');
const tenant = `session-${randomUUID()}`;

describe('a session of the console', () => {
  const { system } = useSharedSystem({
    // With keys cached for an hour, only a notice tells of a change in time.
    settings: { API_KEY_CACHE_MS: '3600000', CONSOLE_DEVELOPMENT_KEY_FILE: keyFile },
  });
  const url = () => system.app.url;
  let prisma: ReturnType<typeof makePrisma>;
  let keys: ApiKeyRepository;
  beforeAll(() => {
    prisma = makePrisma({ url: system.databaseUrl, poolSize: 1, timeoutMs: 5_000 });
    keys = new ApiKeyRepository(prisma);
  });
  afterAll(() => prisma?.$disconnect());

  const newKey = (scopes?: readonly string[]) =>
    keys.create({ tenant, name: 'console', ...(scopes && { scopes }) });
  const logIn = async (scopes?: readonly string[]) => {
    const { key, keyId } = await newKey(scopes);
    return { key, keyId, browser: await Browser.logIn(url, { apiKey: key }) };
  };
  const ordersOf = async (browser: Browser) => (await browser.get('/v1/orders')).status;

  it('begins with a key, has its scopes, and says so', async () => {
    const { key, keyId } = await newKey(['orders:read', 'operator']);
    const answer = await send(url(), 'POST', '/v1/session', { body: { apiKey: key } });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(answer.body).toEqual({
      kind: 'api-key',
      tenant,
      actor: keyId,
      scopes: ['orders:read', 'operator'],
      csrfToken: expect.stringMatching(/^[\w-]{43}$/) as string,
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(answer.headers.getSetCookie().at(-1)).toMatch(
      /^orderstream_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const browser = new Browser(url, cookieOf(answer), answer.body);
    expect((await browser.get('/v1/session')).body).toEqual(answer.body);
    expect([await ordersOf(browser), (await browser.get('/v1/stock')).status]).toEqual([200, 403]);
    // A cache between browser and server must not answer another browser with it.
    for (const path of ['/v1/orders', '/v1/stock', `/v1/orders/${randomUUID()}`])
      expect((await browser.get(path)).headers.get('cache-control')).toBe('no-store');
    expect((await browser.get('/v1/stock', { 'orderstream-tenant': 'another' })).status).toBe(200);
    expect((await browser.get('/v1/session', { 'orderstream-tenant': 'another' })).status).toBe(400);
    expect((await browser.get('/v1/orders', { authorization: 'Bearer nobody' })).status).toBe(401);
    const rows = JSON.stringify(await prisma.session.findMany({ where: { actor: keyId } }));
    for (const secret of [key, browser.cookie.split('=')[1]!, browser.session.csrfToken])
      expect([rows.includes(secret), (await system.log()).includes(secret)]).toEqual([false, false]);
  });

  it('ends everywhere at once, and then for good', async () => {
    const { key, browser } = await logIn();
    const other = await Browser.logIn(url, { apiKey: key });
    const stream = await StreamClient.open(url(), { cookie: browser.cookie });
    expect(await ordersOf(browser)).toBe(200);
    const out = await browser.delete('/v1/session');
    expect([out.status, cookieOf(out)]).toEqual([204, 'orderstream_session=']);
    expect(await stream.ended).toBe('closed');
    await eventually(async () => expect(await ordersOf(browser)).toBe(401), 30_000);
    expect((await browser.get('/v1/session')).body.code).toBe('unauthorized');
    expect(await ordersOf(other)).toBe(200);
  });

  it('ends with its key, when that is revoked or expires', async () => {
    const { keyId, browser } = await logIn();
    const { key } = await keys.create({ tenant, name: 'short', expiresAt: new Date(Date.now() + 3_000) });
    const short = await Browser.logIn(url, { apiKey: key });
    expect(Date.parse(short.session.expiresAt)).toBeLessThan(Date.now() + 3_000);
    const stream = await StreamClient.open(url(), { cookie: browser.cookie });
    expect(await ordersOf(browser)).toBe(200);
    await keys.revoke(keyId);
    expect(await stream.ended).toBe('closed');
    for (const gone of [browser, short])
      await eventually(async () => expect(await ordersOf(gone)).toBe(401), 30_000);
  });

  it('ends after its time, and when nobody has used it for an hour', async () => {
    for (const change of [
      { endsAt: new Date(Date.now() - 1) },
      { seenAt: new Date(Date.now() - 3_600_001) },
    ]) {
      const { key, keyId } = await newKey();
      const answer = await send(url(), 'POST', '/v1/session', { body: { apiKey: key } });
      const browser = new Browser(url, cookieOf(answer), answer.body);
      await prisma.session.updateMany({ where: { actor: keyId }, data: change });
      await prisma.$executeRaw`select pg_notify('orderstream_session', hash) from session where actor = ${keyId}`;
      await eventually(async () => expect(await ordersOf(browser)).toBe(401), 30_000);
    }
  });

  it('changes nothing without its token, nor for a page of another origin', async () => {
    const { browser } = await logIn();
    const order = (headers: Record<string, string>) => browser.post('/v1/orders', someOrder(), headers);
    const other = await logIn();
    for (const headers of [
      { 'x-csrf-token': '' },
      { 'x-csrf-token': other.browser.session.csrfToken },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const { status, body } = await order(headers);
      expect([headers, status, body.code]).toEqual([headers, 403, 'csrf-failed']);
    }
    const out = await browser.request('DELETE', '/v1/session', undefined, { 'x-csrf-token': 'x' });
    expect(out.body.code).toBe('csrf-failed');
    for (const headers of [{}, { origin: url() }, { 'sec-fetch-site': 'same-origin', origin: url() }])
      expect((await order(headers)).status).toBe(201);
    const { key } = await newKey();
    const foreign = { body: { apiKey: key }, headers: { origin: 'https://evil.example' } };
    expect((await send(url(), 'POST', '/v1/session', foreign)).body.code).toBe('csrf-failed');
  });

  it('is not begun by a guess', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 120 }, () =>
        send(url(), 'POST', '/v1/session', { body: { apiKey: makeApiKey() } }),
      ),
    );
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect(guesses.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
    const empty = await send(url(), 'POST', '/v1/session', { body: { apiKey: '', more: 1 } });
    expect([empty.status, empty.body.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([
      400,
      ['/apiKey', '/more'],
    ]);
    const guess = await send(url(), 'GET', '/v1/orders', { headers: { cookie: 'orderstream_session=x' } });
    expect([guess.status, guess.body.detail, guess.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Log in again'),
      'Bearer',
    ]);
  });

  it('is an act when it begins and when it ends', async () => {
    const { keyId, browser } = await logIn(['operator']);
    const watching = await Browser.logIn(url, { apiKey: (await newKey(['operator'])).key });
    await browser.delete('/v1/session');
    await eventually(async () => {
      const { body } = await watching.get(`/v1/operations/audit?actor=${keyId}`);
      const acts = body.items.map(({ act, actorKind, tenant: of, outcome }: Record<string, string>) =>
        [act, actorKind, of, outcome].join(' '),
      );
      expect(acts).toEqual([
        `session.ended session ${tenant} succeeded`,
        `session.begun key ${tenant} succeeded`,
      ]);
    });
  });

  it('begins with the development key for whoever sits at the machine, as an operator too', async () => {
    const { key } = await newKey();
    await writeFile(keyFile, `${key}\n`);
    const options = (headers = {}) => send(url(), 'GET', '/v1/session/options', { headers });
    expect((await options()).body).toEqual({ methods: ['api-key', 'development-key'] });
    const browser = await Browser.logIn(url, undefined, '/v1/session/development-key');
    expect(browser.session).toMatchObject({ kind: 'development-key', tenant });
    expect(browser.session.scopes).toEqual([...TENANT_SCOPES, 'operator']);
    expect((await browser.get('/v1/operations/audit')).status).toBe(200);
    for (const proxied of ['x-forwarded-for', 'forwarded', 'via', 'x-forwarded-proto', 'cf-connecting-ip']) {
      const headers = { [proxied]: '127.0.0.1' };
      expect((await options(headers)).body).toEqual({ methods: ['api-key'] });
      const refused = await send(url(), 'POST', '/v1/session/development-key', { headers });
      expect([refused.status, refused.headers.getSetCookie()]).toEqual([404, []]);
    }
  });
});
