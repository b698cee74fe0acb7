import { gzipSync } from 'node:zlib';
import { RawClient } from '../testing/raw-client.js';
import { API_KEY, TestApp } from '../testing/http-app.fixture.js';

const KEY = `Host: a\r\nAuthorization: Bearer ${API_KEY}\r\n`;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const GZIP = `${JSON_TYPE}Content-Encoding: gzip\r\n`;
const brokenZip = gzipSync('{}').toString('latin1').slice(0, -9).padEnd(22, 'x');

const post = (headers: string, body: string, path = '/v1/orders') =>
  `POST ${path} HTTP/1.1\r\n${KEY}${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (body: string) =>
  `POST /v1/orders HTTP/1.1\r\n${KEY}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n` +
  `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const LIVE = `GET /v1/orders/1 HTTP/1.1\r\n${KEY}\r\n`;

const app = await TestApp.use();

describe('a connection, behind a request that is refused', () => {
  async function answersTo(text: string) {
    const client = RawClient.to(app.url);
    client.write(Buffer.from(text, 'latin1'));
    client.halfClose();
    await client.closed();
    return client.answers;
  }

  it.each([
    ['is no JSON', post(JSON_TYPE, 'hello'), 400],
    ['is no JSON, in chunks', chunked('hello'), 400],
    ['is large, and no JSON', post(JSON_TYPE, 'x'.repeat(200_000)), 400],
    ['is no UTF-8', post(JSON_TYPE, '"\xff"'), 400],
    ['is no gzip', post(GZIP, 'hello'), 400],
    ['is broken gzip', post(GZIP, brokenZip), 400],
    ['is too large once unzipped', post(GZIP, gzipSync(' '.repeat(3_000_000)).toString('latin1')), 413],
    ['is of another charset', post('Content-Type: application/json; charset=latin1\r\n', '{}'), 415],
    ['is NDJSON', post('Content-Type: application/x-ndjson\r\n', '{}'), 415],
    ['is of another type', post('Content-Type: text/plain\r\n', 'hello'), 415],
    ['has an unknown encoding', post(`${JSON_TYPE}Content-Encoding: br\r\n`, 'hello'), 415],
    ['goes nowhere', post(JSON_TYPE, '{}', '/v1/nowhere'), 404],
    ['goes where nothing is posted', post(JSON_TYPE, '{}', '/v1/orders/1'), 405],
  ])('stays open where its body has come whole, and %s', async (_, text, status) => {
    const answers = await answersTo(text + LIVE.repeat(3));
    expect(answers.map((each) => each.status)).toEqual([status, 200, 200, 200]);
  });

  it('is closed behind its answer where the client has closed its side before', async () => {
    for (const text of [post(GZIP, 'hello'), post(GZIP, brokenZip), post(JSON_TYPE, 'hello')]) {
      const answers = await answersTo(text);
      expect(answers.map((each) => each.status)).toEqual([400]);
    }
  }, 30_000); // Well within the time for which an idle connection is kept.

  it.each([
    ['has a body that was cut off', post(JSON_TYPE, 'x'.repeat(200).padEnd(2_000)).slice(0, -1_500), 400],
    ['goes nowhere, with a body that is not small', post(JSON_TYPE, 'x'.repeat(20_000), '/v1/nowhere'), 404],
    ['asks for another protocol', post(`${JSON_TYPE}Connection: Upgrade\r\nUpgrade: h2c\r\n`, 'hello'), 400],
    ['is to be the last', post(`${JSON_TYPE}Connection: close\r\n`, 'hello'), 400],
  ])('is closed where it %s', async (_, text, status) => {
    const answers = await answersTo(text + LIVE);
    expect(answers.map((each) => each.status)).toEqual([status]);
  });
});

describe('a kept connection of an app that stops', () => {
  it('carries one more request, whose answer ends it', async () => {
    const [kept, asking] = [RawClient.to(app.url), RawClient.to(app.url)];
    kept.write(LIVE);
    expect(await kept.status()).toBe(200);
    const stopped = app.stop();
    const isEnding = ({ received }: RawClient) => /^connection: close/im.test(received);
    for (let asked = 1; !isEnding(asking); asked++) {
      asking.write(LIVE);
      await asking.until(() => asking.answers.length === asked);
    }
    kept.write(LIVE);
    await kept.closed();
    expect([kept.answers.length, isEnding(kept)]).toEqual([2, true]);
    await stopped;
  });
});
