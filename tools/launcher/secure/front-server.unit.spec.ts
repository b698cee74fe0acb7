import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type RequestListener } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request as ask } from 'undici';
import { Authority } from './certificates.mjs';
import { makeFront } from './front-server.mjs';

const HOSTS = ['127.0.0.1'];
const portOf = (server: NetServer): number => (server.address() as AddressInfo).port;

describe('the front of apps on this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orderstream-front-'));
  const caFile = join(folder, 'ca.pem');
  const certificateFile = join(folder, 'front.pem');
  let authority: Authority;
  let app: Server;
  let front: ReturnType<typeof makeFront>;
  let clients: Agent;
  let url: string;
  /** What the app got, and how it answers. */
  let received: IncomingMessage[];
  let reply: (...exchange: Parameters<RequestListener>) => unknown;

  const issueFront = async () => {
    const { cert, key } = await authority.certify({ name: 'front', hosts: HOSTS, days: 1 });
    return `${key}\n${cert}\n`;
  };
  beforeAll(async () => {
    authority = await Authority.make({ name: 'ours', days: 1 });
    writeFileSync(caFile, authority.pem);
    writeFileSync(certificateFile, await issueFront());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const openFront = async (port: number) => {
    const target = `https://127.0.0.1:${port}`;
    const apps = Object.fromEntries(
      ['query-api', 'command-api', 'operations-api'].map((name) => [name, target]),
    );
    front = makeFront({ certificateFile, caFile, apps });
    front.server.listen(0, '127.0.0.1');
    await once(front.server, 'listening');
    url = `https://127.0.0.1:${portOf(front.server)}`;
  };
  beforeEach(async () => {
    import.meta.jest.spyOn(console, 'error').mockReturnValue();
    received = [];
    reply = (request, response) => {
      request.resume();
      request.on('end', () => response.end('from the app'));
    };
    app = createServer(
      {
        ...(await authority.certify({ name: 'app', hosts: HOSTS, days: 1 })),
        requireHostHeader: false,
      } as object,
      (request, response) => {
        received.push(request);
        void reply(request, response);
      },
    ).listen(0, '127.0.0.1');
    await once(app, 'listening');
    clients = new Agent({ connect: { ca: authority.pem } });
    await openFront(portOf(app));
  });
  afterEach(async () => {
    await clients.destroy();
    app.closeAllConnections();
    app.close();
    await new Promise<void>((done) => front.close(done));
  });

  /** Sends bytes as they are. @returns all that comes before the end of the connection */
  const raw = async (bytes: string): Promise<string> => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port: portOf(front.server), ca: authority.pem });
    socket.write(bytes);
    return text(socket);
  };
  const get = (path: string, headers = {}) => ask(`${url}${path}`, { dispatcher: clients, headers });
  const http2 = () => connectHttp2(url, { ca: authority.pem });

  it('passes on a request and its answer', async () => {
    const { statusCode, body } = await get('/v1/orders?a=%2F', { authorization: 'Bearer key' });
    expect([statusCode, await body.text()]).toEqual([200, 'from the app']);
    expect(received[0]?.url).toBe('/v1/orders?a=%2F');
    expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer key', 'x-forwarded-proto': 'https' });
  });

  it('tells a stranger in place of an app nothing', async () => {
    const bytes: Buffer[] = [];
    const other = await (await Authority.make({ name: 'a stranger', days: 1 })).certify({
      name: 'app',
      hosts: HOSTS,
      days: 1,
    });
    const stranger = createServer(other, (request, response) => {
      bytes.push(Buffer.from(JSON.stringify(request.headers)));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const former = front;
    await openFront(portOf(stranger));
    const answers = await Promise.all([
      get('/v1/orders', { authorization: 'Bearer key' }),
      ask(`${url}/v1/orders`, { method: 'POST', dispatcher: clients, body: '{}' }),
    ]);
    // Nothing was sent, so that nothing can have been done.
    for (const { statusCode, body } of answers)
      expect([statusCode, await body.json()]).toMatchObject([503, { code: 'unavailable' }]);
    expect(bytes).toEqual([]);
    stranger.closeAllConnections();
    stranger.close();
    await new Promise<void>((done) => former.close(done));
  });

  it.each(['/%6detrics', '/%68ealth/ready', '//metrics', '/v1/../metrics', '/metrics#a'])(
    'has nothing at %s',
    async (path) => {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 404 /);
      expect(answer).toContain('"code":"not-found"');
      expect(received).toEqual([]);
    },
  );

  it.each([
    ['a path that cannot be decoded', 'GET /%zz HTTP/1.1\r\nHost: a', 400, 'malformed-request'],
    ['what is not HTTP', 'nonsense', 400, 'malformed-request'],
    ['headers that are too large', `GET / HTTP/1.1\r\nA: ${'a'.repeat(20_000)}`, 431, 'headers-too-large'],
  ])('answers %s by a problem document', async (_, head, status, code) => {
    const answer = await raw(`${head}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain(`"code":"${code}"`);
  });

  it('leaves to the app what it thinks of hosts, types and forms of a request', async () => {
    await raw('GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n');
    await raw('GET /b HTTP/1.1\r\nConnection: close\r\n\r\n');
    await raw('GET https://elsewhere/c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(received.map(({ url: target }) => target)).toEqual(['/a', '/b', 'https://elsewhere/c']);
    expect(received[0]?.headersDistinct.host).toEqual(['a', 'b']);
    expect(received[1]?.headers.host).toBeUndefined();
  });

  it.each([
    ['a length', 'Content-Length: 4\r\n\r\nbody'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n'],
    ['a length, after "100 Continue"', 'Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody'],
  ])('passes on a body with %s, of any type and method', async (_, rest) => {
    reply = async (request, response) => response.end(await text(request));
    for (const method of ['POST', 'DELETE', 'GET']) {
      const answer = await raw(`${method} /v1/orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`);
      expect(answer).toContain('HTTP/1.1 200 OK');
      expect(answer).toContain('body');
    }
    expect(received.map(({ headers }) => headers.expect)).toEqual([undefined, undefined, undefined]);
  });

  it('keeps headers of one connection from the other, both ways', async () => {
    reply = (_request, response) => {
      response.writeHead(200, {
        connection: 'keep-alive, x-ours',
        'x-ours': '1',
        'x-kept': '2',
        'set-cookie': ['a=1', 'b=2'],
      });
      response.end();
    };
    const answer = await raw(
      'GET /v1/orders HTTP/1.1\r\nHost: a\r\nConnection: close, x-mine\r\nX-Mine: 1\r\nTE: gzip\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: b\r\n\r\n',
    );
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer).not.toMatch(/keep-alive|x-ours/i);
    expect(answer).toMatch(/x-kept: 2\r\nset-cookie: a=1\r\nset-cookie: b=2/);
    const { headers } = received[0] as IncomingMessage;
    expect(headers).toMatchObject({ connection: 'keep-alive', 'x-forwarded-for': '127.0.0.1' });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-mine']));
    expect(headers.te ?? headers['x-forwarded-host']).toBeUndefined();
  });

  it('tells what was not sent from what got no answer', async () => {
    reply = (request) => request.socket.destroy();
    const post = async () => {
      const { statusCode, body } = await ask(`${url}/v1/orders`, {
        method: 'POST',
        dispatcher: clients,
        body: '{}',
      });
      return [statusCode, ((await body.json()) as { code: string }).code];
    };
    expect(await post()).toEqual([503, 'outcome-unknown']);
    app.close();
    expect(await post()).toEqual([503, 'unavailable']);
  });

  it('takes requests over HTTP/2, with and without a body', async () => {
    reply = async (request, response) => response.end(`${request.headers.host} ${await text(request)}`);
    const session = http2();
    for (const body of ['', 'body']) {
      const stream = session.request(
        { ':method': 'POST', ':path': '/v1/orders' },
        { endStream: body === '' },
      );
      if (body !== '') stream.end(body);
      expect(await text(stream)).toBe(`${new URL(url).host} ${body}`);
    }
    session.close();
  });

  it('ends what it asks an app when the client has gone', async () => {
    let open = 0;
    reply = (_request, response) => {
      open++;
      response.once('close', () => open--);
    };
    const session = http2();
    const streams = Array.from({ length: 20 }, () => session.request({ ':path': '/v1/orders' }));
    for (const stream of streams) stream.on('error', () => undefined);
    while (open < streams.length) await sleep(10);
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
    while (open > 0) await sleep(10);
    session.destroy();
  });

  it('answers a refusal that comes before the end of the body', async () => {
    reply = (_request, response) => response.writeHead(413, { connection: 'close' }).end('too large');
    const head =
      'POST /v1/orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5000000\r\n\r\n';
    expect(await raw(head + 'a'.repeat(5_000_000))).toContain('HTTP/1.1 413 ');
  });

  it('shows a renewed certificate, and the former one while the file is half written', async () => {
    const shown = async () => {
      const socket = connect({ host: '127.0.0.1', port: portOf(front.server), ca: authority.pem });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    import.meta.jest.spyOn((await import('@nestjs/common')).Logger.prototype, 'warn').mockReturnValue();
    const former = await shown();
    const renewed = await issueFront();
    const now = performance.now.bind(performance);
    // As the files are read again after a second only.
    import.meta.jest.spyOn(performance, 'now').mockImplementation(() => now() + 2_000);
    writeFileSync(certificateFile, renewed.slice(0, renewed.length / 2));
    expect(await shown()).toBe(former);
    import.meta.jest.spyOn(performance, 'now').mockImplementation(() => now() + 4_000);
    writeFileSync(certificateFile, renewed);
    expect(await shown()).not.toBe(former);
  });

  it('has limits for handshakes and idle connections', () => {
    expect(front.server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 72_000,
    });
  });
});
