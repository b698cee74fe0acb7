import { createHmac, sign } from 'node:crypto';
import { exportSPKI } from 'jose';
import { isSignedToken } from './access-tokens.js';
import { type Claims, makeKey, RULES, type SigningKey, TokenIssuer } from './token-issuer.fixture.js';

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs what the library would not. */
function signRaw(header: unknown, payload: unknown, { privateKey }: SigningKey): string {
  const text = `${part(header)}.${part(payload)}`;
  const key = { key: privateKey as never, dsaEncoding: 'ieee-p1363' as const };
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

let key: SigningKey;
let stranger: SigningKey;
let issuer: TokenIssuer;
beforeAll(async () => {
  [key, stranger] = await Promise.all([makeKey('key-1'), makeKey('key-1')]);
});
beforeEach(() => {
  issuer = new TokenIssuer(key);
});

const detailOf = (token: string): Promise<string> =>
  issuer.tokens.principalOf(token).then(
    () => 'accepted',
    ({ code, challenge, message }: { code: string; challenge: string; message: string }) => {
      expect([code, challenge]).toEqual(['unauthorized', 'invalid_token']);
      // These characters are not allowed in the header that repeats it.
      expect(message).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
      return message;
    },
  );

describe('an access token', () => {
  it('says who makes a request, for which tenant, with which scopes, and for how long', async () => {
    expect(await issuer.tokens.principalOf(await issuer.sign())).toEqual({
      actor: 'user-1',
      actorKind: 'token',
      tenant: 'acme',
      scopes: new Set(['orders:read', 'orders:write']),
      // With the tolerance between two clocks.
      expiresAt: new Date(issuer.clock.now() + 86_430_000),
    });
  });

  it.each(['RS256', 'PS512', 'ES384', 'EdDSA'])('may be signed with %s', async (alg) => {
    issuer = new TokenIssuer(await makeKey('key-1', alg));
    expect(await detailOf(await issuer.sign())).toBe('accepted');
  });

  it.each<[string, Claims]>([
    ['several audiences', { aud: ['https://other.example', RULES.audience] }],
    ['a client for a subject', { sub: undefined }],
    ['an end within the tolerance', { exp: Date.UTC(2026, 0, 1) / 1_000 - 29 }],
    ['a start within the tolerance', { nbf: Date.UTC(2026, 0, 1) / 1_000 + 29 }],
  ])('may have %s', async (_, claims) => {
    expect(await detailOf(await issuer.sign(claims))).toBe('accepted');
  });

  it('may end later than a date can say', async () => {
    const { expiresAt } = await issuer.tokens.principalOf(await issuer.sign({ exp: 1e300 }));
    expect(expiresAt?.getTime()).toBeGreaterThan(issuer.clock.now());
  });

  it('may write its type in full', async () => {
    expect(await detailOf(await issuer.sign({}, { typ: 'application/AT+JWT' }))).toBe('accepted');
  });

  it.each<[unknown, string[]]>([
    ['orders:read', ['orders:read']],
    ['openid orders:read  email', ['orders:read']],
    [['orders:read', 'openid', 7], ['orders:read']],
    ['orders', []],
    [undefined, []],
    [{ 'orders:read': true }, []],
  ])('with the scope %j has the scopes %j', async (scope, scopes) => {
    const principal = await issuer.tokens.principalOf(await issuer.sign({ scope }));
    expect([...principal.scopes]).toEqual(scopes);
  });

  const AUDIENCE = 'The access token is for another audience.';
  const ISSUER = 'The access token is from another issuer.';
  const EXPIRY = 'The access token does not say when it expires.';
  const TENANT = 'The claim tenant of the access token is no tenant name.';
  const NOBODY = 'The access token names neither a subject nor a client.';
  const SUBJECT = expect.stringContaining('The subject of the access token has more than 255 characters');
  it.each<[string, Claims, unknown]>([
    ['another audience', { aud: 'https://other.example' }, AUDIENCE],
    ['part of our audience', { aud: 'https://orders.example.evil' }, AUDIENCE],
    ['no audience', { aud: undefined }, AUDIENCE],
    ['another issuer', { iss: 'https://issuer.example' }, ISSUER],
    ['almost our issuer', { iss: `${RULES.issuer}/` }, ISSUER],
    ['several issuers', { iss: [RULES.issuer] }, ISSUER],
    ['no issuer', { iss: undefined }, ISSUER],
    ['an end in the past', { exp: Date.UTC(2026, 0, 1) / 1_000 - 30 }, 'The access token has expired.'],
    [
      'a start in the future',
      { nbf: Date.UTC(2026, 0, 1) / 1_000 + 31 },
      'The access token is not valid yet.',
    ],
    ['no end', { exp: undefined }, EXPIRY],
    ['an end that is text', { exp: '9999999999' }, EXPIRY],
    ['no tenant', { tenant: undefined }, 'The access token names no tenant in the claim tenant.'],
    ['a tenant with a path', { tenant: '../acme' }, TENANT],
    ['a tenant and a stream', { tenant: 'acme/orders' }, TENANT],
    ['an empty tenant', { tenant: '' }, TENANT],
    ['a tenant of 64 letters', { tenant: 'a'.repeat(64) }, TENANT],
    ['a tenant on two lines', { tenant: 'acme\n' }, TENANT],
    ['several tenants', { tenant: ['acme'] }, TENANT],
    ['a tenant in an object', { tenant: { toString: 'acme' } }, TENANT],
    ['a number for a tenant', { tenant: 7 }, TENANT],
    ['null for a tenant', { tenant: null }, TENANT],
    ['neither subject nor client', { sub: undefined, client_id: undefined }, NOBODY],
    ['an empty subject', { sub: '' }, NOBODY],
    ['a number for a subject', { sub: 7 }, NOBODY],
    ['a long subject', { sub: 'a'.repeat(256) }, SUBJECT],
    ['NUL in its subject', { sub: 'a\0' }, SUBJECT],
  ])('with %s is refused', async (_, claims, detail) => {
    expect(await detailOf(await issuer.sign(claims))).toEqual(detail);
  });

  const READ = 'The access token cannot be read.';
  const TYPE = 'The access token is of another type, such as that of an ID token.';
  it.each<[string, Claims, string]>([
    ['the type of ID tokens', { typ: 'JWT' }, TYPE],
    ['no type', { typ: undefined }, TYPE],
    ['a number for a type', { typ: 7 }, TYPE],
    ['an unknown key', { kid: 'key-2' }, 'The access token is signed by an unknown key.'],
    ['a key id of 5 KB', { kid: 'k'.repeat(5_000) }, 'The access token is signed by an unknown key.'],
    ['an object for a key id', { kid: { a: 1 } }, 'The access token is signed by an unknown key.'],
    ['something critical', { crit: ['exp'], exp: 1 }, READ],
    ['a payload that is not encoded', { crit: ['b64'], b64: false }, READ],
  ])('whose header has %s is refused', async (_, header, detail) => {
    expect(await detailOf(signRaw(issuer.header(header), issuer.claims(), key))).toBe(detail);
  });

  it.each<[string, (certificateUrl: string) => Claims]>([
    ['the key itself', () => ({ jwk: stranger.jwk })],
    ['the address of a key set', (url) => ({ jku: url })],
    ['the address of a certificate', (url) => ({ x5u: url })],
    ['a certificate', () => ({ x5c: [part('certificate')] })],
  ])('whose header brings %s is refused, and nothing is fetched for it', async (_, header) => {
    const brought = header('https://evil.example/keys');
    expect(await detailOf(await issuer.sign({}, brought, stranger))).toBe(
      'The signature of the access token is wrong.',
    );
    expect(await detailOf(await issuer.sign({}, { ...brought, kid: 'mine' }, stranger))).toBe(
      'The access token is signed by an unknown key.',
    );
  });

  it('without a signature is refused', async () => {
    const algorithm = 'The access token is signed by an algorithm that is not accepted.';
    for (const alg of ['none', 'None', 'NONE']) {
      expect(await detailOf(`${part(issuer.header({ alg }))}.${part(issuer.claims())}.`)).toBe(algorithm);
    }
    const signed = await issuer.sign();
    expect(await detailOf(signed.slice(0, signed.lastIndexOf('.') + 1))).toMatch(/signature|read/);
  });

  it('signed with the public key as a shared secret is refused', async () => {
    issuer = new TokenIssuer(await makeKey('key-1', 'RS256'));
    const { publicKey, jwk } = issuer.key;
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(jwk), jwk.n ?? '']) {
      for (const [alg, digest] of [
        ['HS256', 'sha256'],
        ['HS512', 'sha512'],
      ] as const) {
        const text = `${part(issuer.header({ alg }))}.${part(issuer.claims())}`;
        const signature = createHmac(digest, secret).update(text).digest('base64url');
        expect(await detailOf(`${text}.${signature}`)).toBe(
          'The access token is signed by an algorithm that is not accepted.',
        );
      }
    }
  });

  it('that was changed after it was signed is refused', async () => {
    const [header, , signature] = (await issuer.sign()).split('.');
    const other = part(issuer.claims({ tenant: 'other' }));
    expect(await detailOf(`${header}.${other}.${signature}`)).toBe(
      'The signature of the access token is wrong.',
    );
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['null', null],
    ['no JSON', '{'],
    ['nothing', ''],
    ['a thousand lists in each other', `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
    ['bytes that are no text', '\ud800'],
  ])('whose payload is %s is refused', async (_, payload) => {
    expect(await detailOf(signRaw(issuer.header(), payload, key))).toBe(READ);
  });
});

it('tells access tokens from API keys', async () => {
  const token = await issuer.sign();
  expect(isSignedToken(token)).toBe(true);
  expect(isSignedToken(`${part({ alg: 'none' })}.${part({})}.`)).toBe(true);
  for (const other of [
    '',
    'a-key',
    'os_0123456789',
    'a.b.c',
    '..',
    `${part({ typ: 'JWT' })}.a.b`,
    `${part({ alg: 7 })}.a.b`,
    `${part([])}.a.b`,
    `${part('"alg"')}.a.b`,
    `${part('['.repeat(4_000))}.a.b`,
    `${token}.a`,
    `${token}.a.b`,
    ` ${token}`,
    token.replace('.', '..'),
  ])
    expect([other, isSignedToken(other)]).toEqual([other, false]);
});
