import { API_KEY, TestApp } from '../testing/http-app.fixture.js';

const ORIGIN = 'https://shop.example';
const app = await TestApp.use({ HTTP_CORS_ORIGINS: `${ORIGIN},http://127.0.0.1:5173` });

describe('a page of another origin', () => {
  async function ask(method: string, path: string, headers: Record<string, string>) {
    const answer = await fetch(`${app.url}${path}`, { method, headers });
    const text = await answer.text();
    const code = text.includes('"code"') ? JSON.parse(text).code : undefined;
    const header = (name: string) => answer.headers.get(name);
    return { status: answer.status, code, origin: header('access-control-allow-origin'), header };
  }
  const preflight = (path: string, method: string, origin = ORIGIN) =>
    ask('OPTIONS', path, {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,idempotency-key',
    });

  it('may ask without a key what it may do, and may then do it', async () => {
    const { status, origin, header } = await preflight('/v1/orders/1', 'PATCH');
    expect([status, origin]).toEqual([204, ORIGIN]);
    expect(header('access-control-allow-methods')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE');
    expect(header('access-control-allow-headers')).toBe('authorization,idempotency-key');
    expect(header('access-control-allow-credentials')).toBeNull();
    const got = await ask('GET', '/v1/orders/1', { origin: ORIGIN, authorization: `Bearer ${API_KEY}` });
    expect([got.status, got.origin, got.header('vary')]).toEqual([200, ORIGIN, 'Origin']);
    for (const name of [
      'ETag',
      'Location',
      'Orderstream-Position',
      'RateLimit',
      'Retry-After',
      'X-Request-Id',
    ])
      expect(got.header('access-control-expose-headers')?.split(', ')).toContain(name);
  });

  it.each([
    ['GET', '/v1/orders/1', 401],
    ['PUT', '/v1/orders', 405],
    ['GET', '/v1/nothing', 404],
  ])('may read why it was refused: %s %s', async (method, path, status) => {
    expect(await ask(method, path, { origin: ORIGIN })).toMatchObject({ status, origin: ORIGIN });
  });

  it.each(['https://shop.example.evil', 'http://shop.example', 'https://shop.example:8443', 'null'])(
    'may nothing if it is none of those named: %s',
    async (origin) => {
      expect(await preflight('/v1/orders', 'POST', origin)).toMatchObject({ status: 405, origin: null });
      const got = await ask('GET', '/v1/orders/1', { origin, authorization: `Bearer ${API_KEY}` });
      expect([got.status, got.origin]).toEqual([200, null]);
    },
  );

  it('changes nothing for OPTIONS that are no preflight', async () => {
    const plain = await ask('OPTIONS', '/v1/orders', {});
    expect(plain).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect(plain.header('content-type')).toMatch(/^application\/problem\+json/);
    expect(await ask('OPTIONS', '/v1/orders', { origin: ORIGIN })).toMatchObject({
      status: 405,
      origin: ORIGIN,
    });
    const { header } = await ask('PUT', '/v1/orders', {});
    expect(header('allow')).not.toContain('OPTIONS');
    expect(await ask('OPTIONS', '/v1/nothing', {})).toMatchObject({ status: 404, code: 'not-found' });
  });
});
