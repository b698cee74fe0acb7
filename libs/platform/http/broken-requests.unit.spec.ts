import { gzipSync } from 'node:zlib';
import type { RawAnswer } from '../testing/raw-answers.js';
import { RawClient } from '../testing/raw-client.js';
import { API_KEY, TestApp } from '../testing/http-app.fixture.js';

const KEY = `Authorization: Bearer ${API_KEY}\r\n`;
const HOST = 'Host: a\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';

const orderOf = (id: string, more = '') => {
  const body = JSON.stringify({ customer: { id } });
  return `POST /v1/orders HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}${more}Content-Length: ${body.length}\r\n\r\n${body}`;
};
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${HOST}${KEY}${more}\r\n`;
const zipped = gzipSync('{}').toString('latin1');
const zippedOrder =
  `POST /v1/orders HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}Content-Encoding: gzip\r\n` +
  `Content-Length: ${zipped.length}\r\n\r\n${zipped}`;
const LIVE = get('/v1/orders/1');

const app = await TestApp.use({ HTTP_REQUEST_TIMEOUT_MS: '1000' });

describe('requests on a bare connection', () => {
  const clients: RawClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  function connected(): RawClient {
    const client = RawClient.to(app.url);
    clients.push(client);
    return client;
  }

  /** All that is answered until the server closes the connection. */
  async function answersTo(text: string): Promise<RawAnswer[]> {
    const client = connected();
    client.write(Buffer.from(text, 'latin1'));
    await client.closed();
    return client.answers;
  }
  const told = (answers: readonly RawAnswer[]) =>
    answers.map(({ status, body }) => (status < 400 ? status : [status, JSON.parse(body).code]));
  const malformed = [400, 'malformed-request'];
  const five = ['a', 'b', 'c', 'd', 'e'];
  const accepted = five.map(() => 201);

  describe('that are no HTTP, or not the one that is spoken here', () => {
    it.each([
      ['words', 'hello world\r\n\r\n', malformed],
      ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', malformed],
      ['an unknown method', `BREW /v1/orders HTTP/1.1\r\n${HOST}\r\n`, [501, 'not-implemented']],
      ['a method in small letters', `get /v1/orders HTTP/1.1\r\n${HOST}\r\n`, [501, 'not-implemented']],
      ['a tunnel', `CONNECT a:443 HTTP/1.1\r\n${HOST}\r\n`, [501, 'not-implemented']],
      ['HTTP/0.9', 'GET /\r\n', malformed],
      ['HTTP/0.9 by name', `GET / HTTP/0.9\r\n${HOST}\r\n`, [505, 'http-version-not-supported']],
      ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [505, 'http-version-not-supported']],
      ['HTTP/2 by name', `GET / HTTP/2.0\r\n${HOST}\r\n`, [505, 'http-version-not-supported']],
      ['HTTP/1.2', `GET / HTTP/1.2\r\n${HOST}\r\n`, [505, 'http-version-not-supported']],
      ['HTTP/9.9', `GET / HTTP/9.9\r\n${HOST}\r\n`, [505, 'http-version-not-supported']],
      ['a version of letters', `GET / HTTP/x.y\r\n${HOST}\r\n`, malformed],
      ['no host', `GET /v1/orders/1 HTTP/1.1\r\n${KEY}\r\n`, malformed],
      ['two hosts', `GET /v1/orders/1 HTTP/1.1\r\n${HOST}${HOST}${KEY}\r\n`, malformed],
      [
        'an unknown expectation',
        get('/v1/orders/1', 'Expect: the-spanish\r\n').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
        [417, 'expectation-failed'],
      ],
      ['a long path', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, [414, 'target-too-long']],
      ['large headers', get('/v1/orders/1', `X: ${'x'.repeat(20_000)}\r\n`), [431, 'headers-too-large']],
      ['many headers', get('/v1/orders/1', 'X: x\r\n'.repeat(300)), [431, 'headers-too-large']],
      ['as many headers as fit', get('/v1/orders/1', 'X:\r\n'.repeat(3_500)), [431, 'headers-too-large']],
      ['a NUL in a header', get('/v1/orders/1', 'X: a\0b\r\n'), malformed],
      ['a bare CR in a header', get('/v1/orders/1', 'X: a\rb\r\n'), malformed],
      ['a folded header', get('/v1/orders/1', 'X: a\r\n b\r\n'), malformed],
      ['a header without a name', get('/v1/orders/1', ': a\r\n'), malformed],
      ['a space before a colon', get('/v1/orders/1', 'X : a\r\n'), malformed],
    ])('get a problem, and lose their connection: %s', async (_, text, problem) => {
      const before = app.acceptedCustomers.length;
      const answers = await answersTo(text + orderOf('hidden'));
      expect(told(answers)).toEqual([problem]);
      expect(answers[0]?.headers.get('connection')).toBe('close');
      expect(app.acceptedCustomers.length).toBe(before);
    });
  });

  describe('whose end could be seen elsewhere', () => {
    const post = (headers: string, body: string) =>
      `POST /v1/orders HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}${headers}\r\n${body}`;
    const chunk = '2\r\n{}\r\n0\r\n\r\n';
    it.each([
      ['a length and chunks', post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', chunk), malformed],
      ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', chunk), malformed],
      ['two lengths', post('Content-Length: 2\r\nContent-Length: 200\r\n', '{}'), malformed],
      ['the same length twice', post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), malformed],
      ['lengths in a list', post('Content-Length: 2, 2\r\n', '{}'), malformed],
      ['a negative length', post('Content-Length: -2\r\n', '{}'), malformed],
      ['a length with a sign', post('Content-Length: +2\r\n', '{}'), malformed],
      ['a length in hex', post('Content-Length: 0x2\r\n', '{}'), malformed],
      ['an endless length', post(`Content-Length: ${'9'.repeat(30)}\r\n`, '{}'), malformed],
      ['chunks that are not last', post('Transfer-Encoding: chunked, identity\r\n', chunk), malformed],
      ['no coding', post('Transfer-Encoding: identity\r\n', chunk), [501, 'not-implemented']],
      ['a zipped transfer', post('Transfer-Encoding: gzip, chunked\r\n', chunk), [501, 'not-implemented']],
      ['chunks twice', post('Transfer-Encoding: chunked, chunked\r\n', chunk), malformed],
      ['chunks by another name', post('Transfer-Encoding: xchunked\r\n', chunk), [501, 'not-implemented']],
      ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', chunk), malformed],
      ['a coding behind a space', post('Transfer-Encoding : chunked\r\n', chunk), malformed],
      ['chunks of HTTP/1.0', post('Transfer-Encoding: chunked\r\n', chunk).replace('1.1', '1.0'), malformed],
      ['a chunk of no size', post('Transfer-Encoding: chunked\r\n', '\r\n{}\r\n0\r\n\r\n'), malformed],
      [
        'a chunk of a signed size',
        post('Transfer-Encoding: chunked\r\n', '+2\r\n{}\r\n0\r\n\r\n'),
        malformed,
      ],
      ['a chunk with 0x', post('Transfer-Encoding: chunked\r\n', '0x2\r\n{}\r\n0\r\n\r\n'), malformed],
      [
        'a chunk of an endless size',
        post('Transfer-Encoding: chunked\r\n', `${'f'.repeat(20)}\r\n{}`),
        malformed,
      ],
      [
        'a chunk that is longer than it says',
        post('Transfer-Encoding: chunked\r\n', '1\r\n{}\r\n0\r\n\r\n'),
        malformed,
      ],
      [
        'a large chunk extension',
        post('Transfer-Encoding: chunked\r\n', `2;${'x'.repeat(20_000)}\r\n{}\r\n`),
        [413, 'body-too-large'],
      ],
      [
        'large trailers',
        post('Transfer-Encoding: chunked\r\n', `2\r\n{}\r\n0\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
        [431, 'headers-too-large'],
      ],
    ])('are refused, and nothing behind them is read: %s', async (_, text, problem) => {
      const before = app.acceptedCustomers.length;
      expect(told(await answersTo(text + orderOf('hidden')))).toEqual([problem]);
      expect(app.acceptedCustomers.slice(before)).not.toContain('hidden');
    });
  });

  describe('that come one behind the other', () => {
    it.each([
      ['is no HTTP', 'garbage\r\n\r\n', [malformed]],
      ['is a broken request', 'GET / HTTP/1.1\r\nX : y\r\n\r\n', [malformed]],
      ['asks for a tunnel', `CONNECT a:443 HTTP/1.1\r\n${HOST}\r\n`, [[501, 'not-implemented']]],
      [
        'has a broken body',
        `POST /v1/orders HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nx`,
        [malformed],
      ],
    ])('are all answered, before what %s', async (_, last, problems) => {
      const before = app.acceptedCustomers.length;
      const answers = await answersTo(five.map((id) => orderOf(id)).join('') + last);
      expect(told(answers)).toEqual([...accepted, ...problems]);
      expect(app.acceptedCustomers.slice(before)).toEqual(five);
    });

    it('are answered, and no others, where one of them was to be the last', async () => {
      const last = orderOf('e', 'Connection: close\r\n');
      const before = app.acceptedCustomers.length;
      const orders = ['a', 'b', 'c', 'd'].map((id) => orderOf(id));
      const answers = await answersTo([...orders, last, orderOf('more')].join(''));
      expect(told(answers)).toEqual(accepted);
      expect(app.acceptedCustomers.slice(before)).toEqual(five);
    });

    it('are all answered when their client says that nothing more will come', async () => {
      const client = connected();
      client.write(five.map((id) => orderOf(id)).join('') + LIVE);
      client.halfClose();
      await client.closed();
      expect(told(client.answers)).toEqual([...accepted, 200]);
    });

    it('are all answered, also behind a query that waits, when their client says that nothing more will come', async () => {
      const before = app.acceptedCustomers.length;
      const client = connected();
      client.write(get('/v1/orders/1/changes') + five.map((id) => orderOf(id)).join('') + LIVE);
      client.halfClose();
      await client.closed();
      expect(told(client.answers)).toEqual([200, ...accepted, 200]);
      expect(app.acceptedCustomers.slice(before)).toEqual(five);
    });

    it('are all answered when the last of them is cut off', async () => {
      const client = connected();
      client.write(five.map((id) => orderOf(id)).join('') + orderOf('cut').slice(0, -3));
      client.halfClose();
      await client.closed();
      expect(told(client.answers)).toEqual([...accepted, malformed]);
    });

    it('get the answer to the one that was begun when there are too many', async () => {
      const before = app.acceptedCustomers.length;
      const answers = await answersTo(orderOf('first') + LIVE.repeat(200));
      expect(told(answers)).toEqual([201]);
      expect(app.acceptedCustomers.slice(before)).toEqual(['first']);
    });

    it('are not read behind one that asks for another protocol, which it does not get', async () => {
      const before = app.acceptedCustomers.length;
      const upgrade = get('/v1/orders/1', 'Connection: Upgrade\r\nUpgrade: h2c\r\n');
      expect(told(await answersTo(upgrade + orderOf('hidden')))).toEqual([200]);
      expect(app.acceptedCustomers.slice(before)).not.toContain('hidden');
    });
  });

  it('are not waited for any longer than is allowed', async () => {
    const chunked = `POST /v1/orders HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`;
    const slow = {
      nothing: '',
      headers: `GET /v1/orders/1 HTTP/1.1\r\n${HOST}`,
      'a body of a known length': orderOf('late').slice(0, -3),
      'a body in chunks': `${chunked}1\r\n{\r\n`,
      'a zipped body': zippedOrder.slice(0, -3),
      'a body that is asked for': orderOf('late', 'Expect: 100-continue\r\n').slice(0, -30),
      'headers behind orders': `${five.map((id) => orderOf(id)).join('')}POST /v1/orders HTT`,
      'a body behind orders': five.map((id) => orderOf(id)).join('') + orderOf('late').slice(0, -3),
    };
    const late = [408, 'request-timeout'];
    const before = app.acceptedCustomers.length;
    const answers = await Promise.all(Object.values(slow).map((text) => answersTo(text)));
    expect(answers.map(told)).toEqual([
      ...Array.from({ length: 6 }, () => [late]),
      ...Array.from({ length: 2 }, () => [...accepted, late]),
    ]);
    for (const each of answers) expect(each.at(-1)?.headers.get('connection')).toBe('close');
    expect(app.acceptedCustomers.slice(before)).not.toContain('late');
  });

  it('are not answered for ever when their client has closed its side', async () => {
    const client = connected();
    client.write(get('/v1/orders/1/never'));
    client.halfClose();
    await client.closed();
    expect(client.answers).toEqual([]);
  });

  it.each([
    ['an absolute target', LIVE.replace(' /v1', ' http://a/v1'), 200],
    ['HTTP/1.0', `GET /v1/orders/1 HTTP/1.0\r\n${KEY}\r\n`, 200],
    ['a path that cannot be decoded', get('/v1/orders/%zz'), 400],
    ['HEAD', LIVE.replace('GET', 'HEAD'), 200],
  ])('may be unusual: %s', async (_, text, status) => {
    const client = connected();
    client.write(text);
    expect(await client.status()).toBe(status);
  });

  it('are thrown away with their body where the path cannot be decoded', async () => {
    const answers = await answersTo(orderOf('x').replace('/v1/orders', '/%zz').slice(0, -3));
    expect(told(answers)).toEqual([malformed]);
    expect(answers[0]?.headers.get('connection')).toBe('close');
  });

  it('are told to go on by HTTP/1.1 only', async () => {
    const text = orderOf('old', 'Expect: 100-continue\r\n').replace('HTTP/1.1', 'HTTP/1.0');
    const client = connected();
    client.write(text);
    expect(await client.status()).toBe(201);
    expect(client.received).not.toContain('100 Continue');
  });
});
