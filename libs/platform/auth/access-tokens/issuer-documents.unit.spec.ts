import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchSigningKeys } from './issuer-documents.js';
import { isIssuerUrl, isUntappedUrl } from './issuer-url.js';

const CONFIGURATION = '/realm/.well-known/openid-configuration';
const KEYS = { keys: [{ kty: 'EC', kid: 'a', extra: 'kept' }] };

describe('the documents of an issuer', () => {
  let server: Server;
  let issuer: string;
  let asked: string[];
  let answers: Record<string, unknown>;
  const answer: RequestListener = ({ url = '' }, response) => {
    asked.push(url);
    const body = answers[url];
    if (typeof body === 'function') return void body(response);
    response.statusCode = body === undefined ? 404 : 200;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  beforeAll(async () => {
    server = createServer(answer).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`;
  });
  afterAll(() => void server.close());
  beforeEach(() => {
    asked = [];
    answers = { [CONFIGURATION]: { issuer, jwks_uri: `${issuer}/keys` }, '/realm/keys': KEYS };
  });

  it('are found by its name', async () => {
    expect(await fetchSigningKeys(issuer)).toEqual(KEYS);
    expect(asked).toEqual([CONFIGURATION, '/realm/keys']);
  });

  it.each<[string, () => Record<string, unknown>, RegExp]>([
    [
      'name another issuer',
      () => ({ [CONFIGURATION]: { issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` } }),
      /calls itself/,
    ],
    ['name no issuer', () => ({ [CONFIGURATION]: { jwks_uri: `${issuer}/keys` } }), /another form/],
    [
      'send for the keys over an open line',
      () => ({ [CONFIGURATION]: { issuer, jwks_uri: 'http://issuer.example/keys' } }),
      /another form/,
    ],
    [
      'send for the keys to a file',
      () => ({ [CONFIGURATION]: { issuer, jwks_uri: 'file:///etc/passwd' } }),
      /another form/,
    ],
    ['are not there', () => ({ [CONFIGURATION]: undefined }), /answered 404/],
    ['are no JSON', () => ({ '/realm/keys': '<html>' }), /another form/],
    ['are too large', () => ({ '/realm/keys': 'x'.repeat(300_000) }), /exceeded/i],
    ['have no keys', () => ({ '/realm/keys': { keys: [] } }), /another form/],
    [
      'have too many keys',
      () => ({ '/realm/keys': { keys: Array.from({ length: 101 }, () => ({ kty: 'EC' })) } }),
      /another form/,
    ],
    ['have keys that are none', () => ({ '/realm/keys': { keys: [7] } }), /another form/],
    [
      'send elsewhere',
      () => ({
        '/realm/keys': (response: { writeHead: (status: number, headers: object) => { end: () => void } }) =>
          response.writeHead(302, { location: '/elsewhere' }).end(),
        '/elsewhere': KEYS,
      }),
      /answered 302/,
    ],
  ])('are refused if they %s', async (_, changed, message) => {
    Object.assign(answers, changed());
    await expect(fetchSigningKeys(issuer)).rejects.toThrow(message);
    expect(asked).not.toContain('/elsewhere');
  });
});

it.each([
  ['https://issuer.example', true],
  ['https://issuer.example/realm/', true],
  ['http://localhost:3000', true],
  ['http://127.1.2.3', true],
  ['http://[::1]:80', true],
  ['http://issuer.example', false],
  ['http://localhost.example', false],
  ['http://127.0.0.1.example', false],
  ['https://user:secret@issuer.example', false],
  ['ftp://localhost', false],
  ['issuer.example', false],
  ['', false],
])('%j can be an issuer: %j', (text, expected) => {
  expect([isUntappedUrl(text), isIssuerUrl(text)]).toEqual([expected, expected]);
});

it('an issuer has no query and no fragment', () => {
  for (const end of ['?', '?a=b', '#', '#a']) expect(isIssuerUrl(`https://issuer.example${end}`)).toBe(false);
});
