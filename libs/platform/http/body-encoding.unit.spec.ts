import { gzipSync } from 'node:zlib';
import { RawClient } from '../testing/raw-client.js';
import { API_KEY, TestApp } from '../testing/http-app.fixture.js';

const LIMIT = 4_096;
const BATCH_LIMIT = 200_000;
const ORDER = JSON.stringify({ customer: { id: 'zipped' } });
const GZIP = { 'content-encoding': 'gzip' };
const EMPTY_MEMBER = gzipSync('');

const app = await TestApp.use({
  HTTP_BODY_LIMIT_BYTES: String(LIMIT),
  HTTP_BATCH_LIMIT_BYTES: String(BATCH_LIMIT),
  HTTP_MAX_IN_FLIGHT_BYTES: String(8 * BATCH_LIMIT),
});

describe('a body with a content encoding', () => {
  async function post(body: Buffer | string, headers: Record<string, string>, path = '/v1/orders') {
    const response = await fetch(`${app.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
  }
  const half = Math.floor(ORDER.length / 2);
  const zipped = gzipSync(ORDER);

  it.each([
    ['gzip', 'gzip', zipped],
    ['gzip in capitals', 'GZIP', zipped],
    ['x-gzip', 'x-gzip', zipped],
    ['gzip, and one that does nothing', 'identity, gzip', zipped],
    ['none', 'identity', ORDER],
    [
      'gzip of several members',
      'gzip',
      Buffer.concat([gzipSync(ORDER.slice(0, half)), gzipSync(ORDER.slice(half))]),
    ],
    ['gzip with an empty member', 'gzip', Buffer.concat([EMPTY_MEMBER, zipped, EMPTY_MEMBER])],
    ['gzip that was not compressed', 'gzip', gzipSync(ORDER, { level: 0 })],
  ])('is read: %s', async (_, encoding, body) => {
    const { status, body: answer } = await post(body, { 'content-encoding': encoding });
    expect([status, answer]).toEqual([201, { customer: { id: 'zipped' } }]);
  });

  it.each(['br', 'deflate', 'zstd', 'compress', 'gzip, gzip', 'gzip, br', 'gzip;q=1', 'gzipped', '*'])(
    'is refused, and the client is told what is read: %s',
    async (encoding) => {
      const { status, headers, body } = await post(zipped, { 'content-encoding': encoding });
      expect([status, body.code]).toEqual([415, 'unsupported-content-encoding']);
      expect(headers.get('accept-encoding')).toBe('gzip, identity');
    },
  );

  it.each([
    ['that is not zipped', Buffer.from(ORDER)],
    ['that is cut off', zipped.subarray(0, zipped.length - 9)],
    ['without its check sum', zipped.subarray(0, zipped.length - 4)],
    ['whose second member is cut off', Buffer.concat([zipped, EMPTY_MEMBER.subarray(0, 5)])],
    ['whose check sum is wrong', Buffer.concat([zipped.subarray(0, -8), Buffer.alloc(8, 1)])],
    ['with something behind it', Buffer.concat([zipped, Buffer.from('x')])],
    ['with zeros behind it', Buffer.concat([zipped, Buffer.alloc(3)])],
    ['with many zeros behind it', Buffer.concat([zipped, Buffer.alloc(LIMIT / 2)])],
  ])('is malformed when it is said to be gzip: one %s', async (_, body) => {
    const { status, body: problem } = await post(body, GZIP);
    expect([status, problem.code]).toEqual([400, 'malformed-request']);
    expect(problem.detail).toMatch(/gzip/);
  });

  it('is empty when nothing comes', async () => {
    const plain = await post('', {});
    const { status, body } = await post('', GZIP);
    expect([status, body.code]).toEqual([plain.status, plain.body.code]);
  });

  it('is as large as it is when it is unzipped', async () => {
    const fits = `"${'x'.repeat(LIMIT - 2)}"`;
    expect((await post(gzipSync(fits), GZIP)).status).toBe(201);
    const { status, body } = await post(gzipSync(`${fits} `), GZIP);
    expect([status, body.code]).toEqual([413, 'body-too-large']);
  });

  it('may be larger when it is zipped, where zipping gains nothing', async () => {
    const fits = `"${'x'.repeat(LIMIT - 2)}"`;
    expect((await post(gzipSync(fits, { level: 0 }), GZIP)).status).toBe(201);
  });

  it('is no bomb: it is unzipped as far as its limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
    expect(bomb.length).toBeLessThan(BATCH_LIMIT);
    const { status, body } = await post(bomb, GZIP, '/v1/orders/batch');
    expect([status, body.code]).toEqual([413, 'body-too-large']);
  });

  it('does not go on for ever with members that are empty', async () => {
    const members = Buffer.concat(Array.from({ length: 1_000 }, () => EMPTY_MEMBER));
    const client = RawClient.to(app.url);
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...GZIP };
    client.send('/v1/orders', { ...headers, 'transfer-encoding': 'chunked' });
    client.write(Buffer.concat([Buffer.from(`${members.length.toString(16)}\r\n`), members]));
    expect(await client.status()).toBe(413);
    await client.closed();
  });

  it('is read in batches, too', async () => {
    const orders = gzipSync(`[${Array.from({ length: 500 }, () => ORDER).join()}]`);
    expect(await post(orders, GZIP, '/v1/orders/batch')).toMatchObject({ status: 201, body: { items: 500 } });
  });

  const announced = { 'content-type': 'application/json', 'content-encoding': 'br', 'content-length': '10' };

  it('of a stranger is not looked at', async () => {
    const stranger = RawClient.to(app.url);
    stranger.send('/v1/orders', announced);
    expect(await stranger.status()).toBe(401);
  });

  it('is not asked for where it is not read', async () => {
    const client = RawClient.to(app.url);
    client.send('/v1/orders', { authorization: `Bearer ${API_KEY}`, ...announced, expect: '100-continue' });
    expect(await client.status()).toBe(415);
    expect(client.received).not.toContain('100 Continue');
  });
});
