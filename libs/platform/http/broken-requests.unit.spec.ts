import { gzipSync } from 'node:zlib';
import { LAWLESS } from '../testing/hostile-requests/lawless-requests.js';
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
/** Of the problems that lawless requests lead to. */
const CODES: Readonly<Record<number, string>> = {
  400: 'malformed-request',
  413: 'body-too-large',
  414: 'target-too-long',
  417: 'expectation-failed',
  431: 'headers-too-large',
  501: 'not-implemented',
  505: 'http-version-not-supported',
};
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
  async function answersTo(text: string, { halfClose = false } = {}): Promise<RawAnswer[]> {
    const client = connected();
    client.write(Buffer.from(text, 'latin1'));
    if (halfClose) client.halfClose();
    await client.closed();
    return client.answers;
  }
  const told = (answers: readonly RawAnswer[]) =>
    answers.map(({ status, body }) => (status < 400 ? status : [status, JSON.parse(body).code]));
  const malformed = [400, 'malformed-request'];
  const five = ['a', 'b', 'c', 'd', 'e'];
  const fiveOrders = five.map((id) => orderOf(id)).join('');
  const accepted = five.map(() => 201);

  it.each(Object.entries(LAWLESS))('get a problem, and lose their connection: %s', async (_, write) => {
    const before = app.acceptedCustomers.length;
    const { bytes, statuses } = write({ id: 'lawless', hiddenId: 'hidden', apiKey: API_KEY, salt: 1 });
    const answers = await answersTo(bytes.toString('latin1') + orderOf('hidden'));
    const [status = 0] = statuses;
    expect(told(answers)).toEqual([[status, CODES[status]]]);
    expect(answers[0]?.headers.get('connection')).toBe('close');
    expect(app.acceptedCustomers.length).toBe(before);
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
      const answers = await answersTo(fiveOrders + last);
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
      const answers = await answersTo(fiveOrders + LIVE, { halfClose: true });
      expect(told(answers)).toEqual([...accepted, 200]);
    });

    it('are all answered, also behind a query that waits, when their client says that nothing more will come', async () => {
      const before = app.acceptedCustomers.length;
      const answers = await answersTo(get('/v1/orders/1/changes') + fiveOrders + LIVE, { halfClose: true });
      expect(told(answers)).toEqual([200, ...accepted, 200]);
      expect(app.acceptedCustomers.slice(before)).toEqual(five);
    });

    it('are all answered when the last of them is cut off', async () => {
      const answers = await answersTo(fiveOrders + orderOf('cut').slice(0, -3), { halfClose: true });
      expect(told(answers)).toEqual([...accepted, malformed]);
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
      'headers behind orders': `${fiveOrders}POST /v1/orders HTT`,
      'a body behind orders': fiveOrders + orderOf('late').slice(0, -3),
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
    expect(await answersTo(get('/v1/orders/1/never'), { halfClose: true })).toEqual([]);
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
