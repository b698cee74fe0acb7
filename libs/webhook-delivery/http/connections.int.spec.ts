import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { once } from 'node:events';
import { buildConnector } from 'undici';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import { DEVELOPMENT, noSignal, requestFor, subscriptionTo } from '../testing/attempt-request.fixture.js';
import { ConnectionPools, watchConnection } from './connections.js';
import { PostedDelivery, UndiciWebhookClient } from './webhook-client.js';

const eventually = async (check: () => boolean, withinMs = 8_000): Promise<void> => {
  for (const end = Date.now() + withinMs; !check(); ) {
    if (Date.now() > end) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('connection pools', () => {
  let receivers: WebhookReceiver[];
  let pools: ConnectionPools;

  beforeEach(() => {
    receivers = [];
    pools = new ConnectionPools({
      connect: buildConnector({ timeout: 5_000 }),
      connectionsPerPool: 3,
      keptConnections: 4,
    });
  });
  afterEach(async () => {
    await pools.close();
    for (const receiver of receivers) await receiver.close();
  });

  async function receiverOf(script?: WebhookReceiver['script']): Promise<WebhookReceiver> {
    const receiver = await WebhookReceiver.start();
    if (script) receiver.script = script;
    receivers.push(receiver);
    return receiver;
  }

  const post = (tenant: string, url: string) => {
    const { origin } = new URL(url);
    const delivery = new PostedDelivery({ ended: () => {}, faulted: () => {} });
    pools.of(tenant, origin).dispatch({ origin, path: '/', method: 'POST', body: '{}' }, delivery);
    return delivery;
  };

  it('keep no more connections than the limit, whatever the number of endpoints', async () => {
    for (let index = 0; index < 12; index++) {
      const { url } = await receiverOf();
      expect(await post('acme', url).outcome).toMatchObject({ status: 204 });
    }
    await eventually(() => pools.connections <= 4, 1_500);
    expect(pools.connections).toBeGreaterThan(0);
  });

  it('close connections that are unused for some seconds', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(204).end();
    });
    // The server neither closes connections nor announces a keep-alive.
    server.keepAliveTimeout = 0;
    const url = await listening(server);
    await post('acme', url).outcome;
    expect(pools.connections).toBe(1);
    await eventually(() => pools.connections === 0);
    expect(await post('acme', url).outcome).toMatchObject({ status: 204 });
    server.closeAllConnections();
    server.close();
  });

  it('limit the connections to a hanging endpoint per tenant', async () => {
    const receiver = await receiverOf(({ path }) =>
      path === '/' && receiver.deliveries.length <= 3 ? { kind: 'hang' } : { kind: 'answer', status: 204 },
    );
    const hanging = Array.from({ length: 5 }, () => post('acme', receiver.url));
    await receiver.until(({ length }) => length === 3);
    expect(receiver.connections).toBe(3);
    expect(await post('other', receiver.url).outcome).toMatchObject({ status: 204 });
    for (const delivery of hanging) delivery.giveUp('timeout');
    expect(await hanging[4]?.outcome).toEqual({ outcome: 'failed', reason: 'timeout' });
    // Deliveries that were given up while waiting are never sent.
    expect(await post('acme', receiver.url).outcome).toMatchObject({ status: 204 });
    expect(receiver.deliveries).toHaveLength(5);
  });

  it('forget endpoints that cannot be reached', async () => {
    const receiver = await receiverOf();
    await receiver.close();
    for (let index = 0; index < 5; index++)
      expect(await post('acme', receiver.url).outcome).toMatchObject({ reason: 'connection-refused' });
    expect(pools.connections).toBe(0);
  });
});

describe('webhook client with many endpoints', () => {
  it('is not delayed by a hanging endpoint on the same server', async () => {
    const server = createServer((request, response) => {
      request.resume();
      if (request.url !== '/hang') response.writeHead(204).end();
    });
    const base = await listening(server);
    const client = new UndiciWebhookClient({
      targets: DEVELOPMENT,
      connectTimeoutMs: 1_000,
      publicUrl: undefined,
    });
    const stop = new AbortController();
    const hanging = Array.from({ length: 100 }, () =>
      client.attempt(requestFor(subscriptionTo(`${base}/hang`)), stop.signal),
    );
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () =>
        client.attempt(requestFor(subscriptionTo(`${base}/fine`)), noSignal()),
      ),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(100);
    stop.abort();
    for (const outcome of await Promise.all(hanging)) expect(outcome).toMatchObject({ reason: 'aborted' });
    await client.close();
    server.closeAllConnections();
    server.close();
  });
});

describe('a watched connection', () => {
  let server: TcpServer;
  let remote: Socket;
  let socket: Socket;

  beforeEach(async () => {
    server = createTcpServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [remote] = await accepted;
    remote.on('error', () => undefined);
    watchConnection(socket);
  });
  afterEach(() => {
    socket.destroy();
    remote.destroy();
    server.close();
  });

  const answers = async (text: string): Promise<void> => {
    socket.write('a request');
    await once(remote, 'data');
    remote.write(text);
  };

  it('passes on everything received, in small pieces, and nothing once it is closed', async () => {
    const text = `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(50_000)}`;
    const pieces: Buffer[] = [];
    socket.on('readable', () => {
      for (let piece = socket.read(); piece !== null; piece = socket.read()) pieces.push(piece);
    });
    await answers(`HTTP/1.1 100 Continue\r\n\r\n${text}`);
    while (Buffer.concat(pieces).length < text.length) await once(socket, 'readable');
    expect(Buffer.concat(pieces).toString()).toBe(text);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(1_024);
  });

  it('passes on nothing more as soon as its reader closes it', async () => {
    let pieces = 0;
    socket.on('readable', () => {
      while (socket.read() !== null) if (++pieces === 3) socket.destroy();
    });
    await answers('x'.repeat(50_000));
    await once(socket, 'close');
    expect(pieces).toBe(3);
  });

  it('is closed when an answer exceeds the limit', async () => {
    socket.on('readable', () => {
      while (socket.read() !== null);
    });
    const failed = once(socket, 'error') as Promise<[Error]>;
    await answers('x'.repeat(1_000_000));
    expect((await failed)[0].name).toBe('AnswerTooLongError');
  });
});
