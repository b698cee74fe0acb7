import { createHmac, randomUUID } from 'node:crypto';
import { Client, eventually, useSharedSystem } from './system.fixture.js';
import { StreamClient } from './event-stream.fixture.js';
import { Browser, cookieOf, send } from './session.fixture.js';
import { OidcIssuer } from '../systems/oidc-issuer.js';

const tenant = `tenant-${randomUUID()}`;
const issuer = await OidcIssuer.open({
  shop: tenant,
  reader: tenant,
  nowhere: undefined,
  ann: tenant,
  hacker: '../x',
});
const SETTINGS = {
  OIDC_ISSUER: issuer.url,
  OIDC_AUDIENCE: issuer.audience,
  OIDC_CLIENT_ID: 'browser',
  OIDC_CLIENT_SECRET: 'secret',
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const secondsFromNow = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

describe('access tokens', () => {
  const { system } = useSharedSystem({ settings: SETTINGS });
  afterAll(() => issuer.stop());

  const clientOf = (token: string): Client => new Client(() => system.app.url, token);
  const ordersOf = (token: string) => clientOf(token).get('/v1/orders');
  const challengeOf = async (token: string) => {
    const { status, body, headers } = await ordersOf(token);
    expect([status, body.code]).toEqual([401, 'unauthorized']);
    expect(headers.get('www-authenticate')).toBe(
      `Bearer error="invalid_token", error_description="${body.detail}"`,
    );
    return body.detail as string;
  };

  it('of a service let it act for its tenant, within its scopes, as the actor of what happens', async () => {
    const shop = clientOf(await issuer.serviceToken('shop', 'orders:write orders:read other:scope'));
    const orderId = await shop.createOrder();
    const { items } = await eventually(async () => {
      const { status, body } = await shop.get(`/v1/orders/${orderId}/events`);
      expect(status).toBe(200);
      return body;
    });
    expect(items[0].metadata.actor).toBe('shop');
    const refused = await shop.get('/v1/stock');
    expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
      403,
      'forbidden',
      expect.stringContaining('stock:read'),
    ]);
  });

  it('of a person who logged in see what the tenant has, beside its API keys', async () => {
    const byKey = await system.client(tenant);
    const orderId = await byKey.createOrder();
    const { access_token: token } = await issuer.personTokens('ann', 'orders:read');
    const ann = clientOf(token);
    await eventually(async () => expect((await ann.get(`/v1/orders/${orderId}`)).status).toBe(200));
    expect((await ann.post('/v1/orders', {})).status).toBe(403);
    const stranger = await system.client();
    expect((await stranger.get(`/v1/orders/${orderId}`)).status).toBe(404);
  });

  it('say what is wrong with them', async () => {
    expect(
      await challengeOf(await issuer.serviceToken('shop', 'orders:read', 'https://other.example')),
    ).toMatch('for another audience');
    expect(await challengeOf(await issuer.serviceToken('nowhere', 'orders:read'))).toMatch('names no tenant');
    expect(await challengeOf(await issuer.serviceToken('hacker', 'orders:read'))).toMatch('no tenant name');
    const { id_token: idToken = '' } = await issuer.personTokens('ann', 'orders:read');
    expect(await challengeOf(idToken)).toMatch(/another type|another audience/);
    expect(await challengeOf(await issuer.sign({ tenant }, { typ: 'JWT' }))).toMatch('another type');
    expect(await challengeOf(await issuer.sign({ tenant, exp: secondsFromNow(-60) }))).toMatch('has expired');
    expect(await challengeOf(await issuer.sign({ tenant, iss: 'https://evil.example' }))).toMatch(
      'another issuer',
    );
    expect(await challengeOf(await issuer.sign({ tenant, filler: 'x'.repeat(4_000) }, { kid: 'x' }))).toMatch(
      'unknown key',
    );
  });

  it('are forged in vain', async () => {
    const [, claims = '', signature = ''] = (await issuer.sign({ tenant, scope: 'orders:read' })).split('.');
    const header = { typ: 'at+jwt', kid: 'key-1' };
    expect(await challengeOf(`${part({ ...header, alg: 'none' })}.${claims}.`)).toMatch('algorithm');
    const { keys } = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: [{ n: string }] };
    const unsigned = `${part({ ...header, alg: 'HS256' })}.${claims}`;
    const forged = createHmac('sha256', keys[0].n).update(unsigned).digest('base64url');
    expect(await challengeOf(`${unsigned}.${forged}`)).toMatch('algorithm');
    const otherClaims = part({ iss: issuer.url, aud: issuer.audience, tenant: 'other', sub: 'a', exp: 9e9 });
    expect(await challengeOf(`${part({ ...header, alg: 'RS256' })}.${otherClaims}.${signature}`)).toMatch(
      'signature',
    );
  });

  it('end event streams and long polls with them', async () => {
    const quiet = `tenant-${randomUUID()}`;
    const key = await system.client(quiet);
    // Accepted for some more seconds, within the tolerance between clocks.
    const token = await issuer.sign({ tenant: quiet, scope: 'events:read', exp: secondsFromNow(-15) });
    const stream = await StreamClient.open(system.app.url, token);
    const poll = clientOf(token).get('/v1/events?wait=60');
    const longer = key.get('/v1/events?wait=45');
    expect(stream.response.status).toBe(200);
    expect(await Promise.race([poll, longer.then(() => 'the poll of a key')])).toMatchObject({
      status: 200,
      body: { items: [] },
    });
    expect(await stream.ended).toBe('closed');
    expect(await challengeOf(token)).toMatch('has expired');
    await key.createOrder();
    expect((await longer).status).toBe(200);
  });

  it('work while their issuer is away, and wait for it only after a restart', async () => {
    const seen = await issuer.sign({ tenant, scope: 'orders:read' });
    const unseen = await issuer.sign({ tenant, scope: 'orders:read', sub: 'another' });
    expect((await ordersOf(seen)).status).toBe(200);
    await issuer.stop();
    try {
      expect((await ordersOf(seen)).status).toBe(200);
      expect((await ordersOf(unseen)).status).toBe(200);
      await system.app.restart();
      const { status, headers, body } = await ordersOf(seen);
      expect([status, body.code, Number(headers.get('retry-after'))]).toEqual([503, 'unavailable', 10]);
      const key = await system.client(tenant);
      expect((await key.get('/v1/orders')).status).toBe(200);
      expect((await key.get('/health/ready')).body.info['token-issuer']).toMatchObject({
        status: 'up',
        notices: [expect.stringContaining('could not be fetched since the start')],
      });
    } finally {
      await issuer.start();
    }
    await eventually(async () => expect((await ordersOf(seen)).status).toBe(200));
  });

  describe('behind a log-in to the console', () => {
    const url = () => system.app.url;
    const begin = async () => {
      const answer = await send(url(), 'GET', '/v1/session/oidc');
      expect(answer.status).toBe(302);
      expect(answer.headers.getSetCookie()[0]).toMatch(
        /^orderstream_log_in=[^;]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
      );
      return { cookie: cookieOf(answer), start: answer.headers.get('location') ?? '' };
    };
    const finish = (location: string, cookie: string) => {
      const { pathname, search } = new URL(location);
      expect(pathname).toBe('/v1/session/oidc/callback');
      return send(url(), 'GET', `${pathname}${search}`, { headers: { cookie } });
    };

    it('make a session, with their tenant and scopes, until they expire', async () => {
      expect((await send(url(), 'GET', '/v1/session/options')).body.methods).toContain('oidc');
      const { cookie, start } = await begin();
      const { searchParams: asked } = new URL(start);
      expect([asked.get('code_challenge_method'), asked.has('state'), asked.has('nonce')]).toEqual([
        'S256',
        true,
        true,
      ]);
      const location = await issuer.logIn(start, 'ann');
      const answer = await finish(location, cookie);
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/console']);
      const session = answer.headers
        .getSetCookie()
        .find((line) => line.startsWith('orderstream_session=') && !line.includes('Max-Age=0'));
      const own = session?.split(';', 1)[0] ?? '';
      const { body } = await send(url(), 'GET', '/v1/session', { headers: { cookie: own } });
      expect(body).toMatchObject({ kind: 'oidc', tenant, actor: 'ann' });
      expect(body.scopes).toEqual(['orders:read', 'orders:write', 'events:read']);
      // The issuer's tokens last ten minutes, and thirty seconds more are accepted.
      expect(Date.parse(body.expiresAt as string)).toBeLessThanOrEqual(Date.now() + 631_000);
      const browser = new Browser(url, own, body);
      expect([(await browser.get('/v1/orders')).status, (await browser.get('/v1/stock')).status]).toEqual([
        200, 403,
      ]);
      expect((await browser.delete('/v1/session')).status).toBe(204);
      // A code works once, and so does the answer that brought it.
      expect((await finish(location, cookie)).status).toBe(401);
    });

    it('are not taken from the log-in of another browser, nor with another state', async () => {
      const [mine, theirs] = [await begin(), await begin()];
      const location = await issuer.logIn(theirs.start, 'ann');
      for (const cookie of [mine.cookie, '', 'orderstream_log_in=x']) {
        const answer = await finish(location, cookie);
        expect([cookie, answer.status]).toEqual([cookie, 401]);
        expect(answer.headers.getSetCookie().filter((line) => line.includes('session='))).toEqual([]);
      }
      const forged = new URL(await issuer.logIn(mine.start, 'ann'));
      forged.searchParams.set('state', 'x'.repeat(43));
      expect((await finish(forged.href, mine.cookie)).status).toBe(401);
    });
  });

  it('are not written to the log', async () => {
    const token = await issuer.sign({ tenant, scope: 'orders:read' });
    await ordersOf(token);
    await ordersOf(`${token}x`);
    const log = await system.log();
    for (const secret of token.split('.').slice(1)) expect(log.includes(secret)).toBe(false);
  });
});
