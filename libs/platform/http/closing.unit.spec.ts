import { API_KEY, TestApp } from '../testing/http-app.fixture.js';
import { RawClient } from '../testing/raw-client.js';

const KEY = `Host: a\r\nAuthorization: Bearer ${API_KEY}\r\n`;
const POST = `POST /v1/orders HTTP/1.1\r\n${KEY}Content-Type: application/json\r\n`;

/** Longer than any test takes: what ends a request is the stop. */
const PATIENT = { SHUTDOWN_TIMEOUT_MS: '1000', HTTP_REQUEST_TIMEOUT_MS: '300000' };
const app = await TestApp.use(PATIENT);

it('an app that stops waits for no body that comes slowly, and for no handler that does not end', async () => {
  const [slow, chunked, endless, headless] = [1, 2, 3, 4].map(() => RawClient.to(app.url)) as [
    RawClient,
    RawClient,
    RawClient,
    RawClient,
  ];
  slow.write(`${POST}Content-Length: 100\r\n\r\n{`);
  chunked.write(`${POST}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`);
  endless.write(`GET /v1/orders/1/never HTTP/1.1\r\n${KEY}\r\n`);
  headless.write('GET /v1/orders/1 HTTP/1.1\r\nHost:');
  const first = RawClient.to(app.url);
  first.write(`GET /v1/orders/1 HTTP/1.1\r\n${KEY}\r\n`);
  expect(await first.status()).toBe(200);
  await app.stop();
  await Promise.all([slow, chunked, endless, headless].map((client) => client.closed()));
  for (const { received } of [slow, chunked]) {
    expect(received).toMatch(/^HTTP\/1.1 503 /);
    expect(received).toMatch(/^connection: close/im);
    expect(received).toContain('"code":"unavailable"');
  }
  expect(endless.received).toBe('');
});
