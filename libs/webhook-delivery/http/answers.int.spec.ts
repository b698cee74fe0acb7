import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { answerWith, type ScriptedAnswer, WebhookReceiver } from '../testing/webhook-receiver.js';
import type { Subscription } from '#libs/webhooks';
import {
  DEVELOPMENT,
  HURRIED,
  noSignal,
  requestFor,
  subscriptionTo,
  withoutHeaders,
} from '../testing/attempt-request.fixture.js';
import { SELF_SIGNED } from '../testing/self-signed.fixture.js';
import { UndiciWebhookClient } from './webhook-client.js';

describe('answers', () => {
  let receiver: WebhookReceiver;
  let client: UndiciWebhookClient;
  let servers: Server[];

  beforeEach(async () => {
    servers = [];
    receiver = await WebhookReceiver.start();
    client = new UndiciWebhookClient({
      targets: DEVELOPMENT,
      connectTimeoutMs: 1_000,
      publicUrl: undefined,
    });
  });
  afterEach(async () => {
    await client.close();
    await receiver.close();
    for (const server of servers) server.close();
  });

  const attempt = (url = receiver.url, changes: Partial<Subscription> = {}) =>
    client.attempt(requestFor(subscriptionTo(url, changes)), noSignal()).then(withoutHeaders);

  const attemptAnswered = (answer: ScriptedAnswer, changes: Partial<Subscription> = {}) => {
    receiver.script = () => answer;
    return attempt(receiver.url, changes);
  };

  async function portOf(server: Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  const attemptAt = async (listener: RequestListener) =>
    attempt(`http://127.0.0.1:${await portOf(createHttpServer(listener))}/`);

  /** An endpoint that writes raw bytes. */
  const attemptAtSocket = async (listener: (socket: Socket) => void, changes: Partial<Subscription> = {}) => {
    const server = createServer((socket) => listener(socket.on('error', () => {})));
    return attempt(`http://127.0.0.1:${await portOf(server)}/`, changes);
  };

  it('are told with their headers, on failure and on success', async () => {
    for (const status of [200, 500]) {
      receiver.script = () => answerWith(status, { headers: { 'X-Request': 'r-1', 'Set-Cookie': 'a=b' } });
      const outcome = await client.attempt(requestFor(subscriptionTo(receiver.url)), noSignal());
      expect(outcome).toMatchObject({ status, answerHeaders: { 'x-request': 'r-1' } });
    }
  });

  it('are kept for the log on failure and on success', async () => {
    expect(await attemptAnswered(answerWith(200, { body: 'thanks' }))).toEqual({
      outcome: 'delivered',
      status: 200,
      answer: 'thanks',
    });
    expect(await attemptAnswered(answerWith(500, { body: '{"error":"größer"}' }))).toEqual({
      outcome: 'failed',
      reason: 'status',
      status: 500,
      answer: '{"error":"größer"}',
    });
  });

  it('are kept up to the last whole character of the first KiB, without NUL', async () => {
    const { answer } = await attemptAnswered(answerWith(500, { body: `a${'ü'.repeat(5_000)}` }));
    expect(answer).toBe(`a${'ü'.repeat(511)}`);
    const { answer: cleaned } = await attemptAnswered(answerWith(500, { body: 'a\0b\0' }));
    expect(cleaned).toBe('ab');
    const { answer: broken } = await attemptAt((_, response) =>
      response.end(Buffer.from([0x61, 0xff, 0x62])),
    );
    expect(broken).toBe('a\ufffdb');
  });

  it('that are complete leave the connection for the next request', async () => {
    for (const length of [0, 6, 2_000, 20_000]) {
      receiver.script = () => answerWith(200, { body: 'x'.repeat(length) });
      for (let index = 0; index < 10; index++) await attempt();
    }
    expect(receiver.connections).toBe(1);
  });

  it('that are large are not read to the end', async () => {
    const outcome = await attemptAnswered(answerWith(200, { body: 'x'.repeat(50_000_000) }));
    expect(outcome).toEqual({ outcome: 'delivered', status: 200, answer: 'x'.repeat(1_024) });
  });

  it('that never end are cut off by the timeout, and their status counts', async () => {
    expect(await attemptAnswered({ kind: 'hang', status: 200 }, { retry: HURRIED })).toEqual({
      outcome: 'delivered',
      status: 200,
      answer: '…',
    });
    const begun = Date.now();
    const dripping = await attemptAtSocket(
      (socket) => {
        socket.write('HTTP/1.1 500 No\r\ncontent-length: 1000\r\n\r\n');
        const timer = setInterval(() => socket.write('x'), 50);
        socket.on('close', () => clearInterval(timer));
      },
      { retry: HURRIED },
    );
    expect(dripping).toMatchObject({ outcome: 'failed', reason: 'status', status: 500 });
    expect(Date.now() - begun).toBeLessThan(10 * HURRIED.timeoutMs);
  });

  it('whose head drips in byte by byte are cut off by the timeout', async () => {
    const outcome = await attemptAtSocket(
      (socket) => {
        const timer = setInterval(() => socket.write('H'), 50);
        socket.on('close', () => clearInterval(timer));
      },
      { retry: HURRIED },
    );
    expect(['timeout', 'invalid-answer']).toContain((outcome as { reason: string }).reason);
  });

  it('that break off after the status still count', async () => {
    const outcome = await attemptAtSocket((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbegin');
    });
    expect(outcome).toEqual({ outcome: 'delivered', status: 200, answer: 'begin' });
  });

  it('after an informational one are the ones that count', async () => {
    const outcome = await attemptAt((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(201).end();
    });
    expect(outcome).toEqual({ outcome: 'delivered', status: 201 });
    const informed = await attemptAtSocket((socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), {
      retry: HURRIED,
    });
    expect(informed).toEqual({ outcome: 'failed', reason: 'timeout' });
  });

  it.each([
    ['not HTTP', 'hello\r\n\r\n'],
    ['endless in their head', `HTTP/1.1 200 OK\r\n${`x-filler: ${'y'.repeat(1_000)}\r\n`.repeat(100)}\r\n`],
  ])('that are %s are invalid', async (_, text) => {
    expect(await attemptAtSocket((socket) => socket.end(text))).toEqual({
      outcome: 'failed',
      reason: 'invalid-answer',
    });
  });

  it('that never arrive distinguish how an endpoint fails', async () => {
    expect(await attemptAnswered({ kind: 'reset' })).toEqual({
      outcome: 'failed',
      reason: 'connection-reset',
    });
    expect(await attempt('http://no-such-host.invalid/')).toMatchObject({ reason: 'name-not-found' });
    await receiver.close();
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'connection-refused' });
  });

  it('are not requested from an endpoint with an untrusted certificate', async () => {
    let bytes = 0;
    const server = createTlsServer(SELF_SIGNED, (socket) => {
      socket.on('error', () => {}).on('data', (chunk) => (bytes += chunk.length));
    });
    server.on('tlsClientError', () => {});
    const tls = { outcome: 'failed', reason: 'tls' };
    expect(await attempt(`https://localhost:${await portOf(server)}/`)).toEqual(tls);
    expect(bytes).toBe(0);
    // The second endpoint has no TLS at all.
    expect(await attempt(receiver.url.replace('http:', 'https:'))).toEqual(tls);
    expect(receiver.deliveries).toEqual([]);
  });
});
