import type { Socket } from 'node:net';
import { OK } from '../testing/hostile-receivers/hostile-kind.js';
import { RawReceiver } from '../testing/hostile-receivers/raw-receiver.js';
import type { Subscription } from '#libs/webhooks';
import {
  DEVELOPMENT,
  HURRIED,
  noSignal,
  requestFor,
  subscriptionTo,
  withoutHeaders,
} from '../testing/attempt-request.fixture.js';
import { UndiciWebhookClient } from './webhook-client.js';

/** Ways in which a reused connection can be lost. */
const WAYS: Readonly<Record<string, (socket: Socket) => unknown>> = {
  'is reset': (socket) => socket.resetAndDestroy(),
  'is closed': (socket) => socket.end(),
  'is destroyed': (socket) => socket.destroy(),
};

describe('a connection lost as it is reused', () => {
  let receiver: RawReceiver;
  let client: UndiciWebhookClient;
  /** How the receiver treats each connection's requests, in order. */
  let perConnection: (request: number, socket: Socket, connection: number) => unknown;

  beforeEach(async () => {
    client = new UndiciWebhookClient({ targets: DEVELOPMENT, connectTimeoutMs: 1_000, publicUrl: undefined });
    const connections: { socket: Socket; requests: number }[] = [];
    receiver = await RawReceiver.start((socket, when) => {
      if (when === 'connection') connections.push({ socket, requests: 0 });
      if (when !== 'request') return;
      const connection = connections.findIndex((each) => each.socket === socket);
      const known = connections[connection]!;
      perConnection(known.requests++, socket, connection);
    });
  });
  afterEach(async () => {
    await client.close();
    receiver.close();
  });

  const attempt = (changes: Partial<Subscription> = {}) =>
    client.attempt(requestFor(subscriptionTo(receiver.url, changes)), noSignal()).then(withoutHeaders);

  it.each(Object.entries(WAYS))(
    'because it %s costs no attempt: its request is sent over a new one',
    async (_, lose) => {
      perConnection = (request, socket) => (request === 0 ? socket.write(OK) : lose(socket));
      for (let round = 0; round < 3; round++)
        expect(await attempt()).toEqual({ outcome: 'delivered', status: 200 });
      // The second request was sent twice, and the third found no connection to reuse.
      expect(receiver.requests).toBe(4);
    },
  );

  it('is replaced only once per request', async () => {
    perConnection = (request, socket, connection) =>
      request === 0 && connection === 0 ? socket.write(OK) : socket.resetAndDestroy();
    expect(await attempt()).toMatchObject({ outcome: 'delivered' });
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'connection-reset' });
    expect(receiver.requests).toBe(3);
  });

  it('is a failure if it was new', async () => {
    perConnection = (_, socket) => socket.resetAndDestroy();
    expect(await attempt()).toEqual({ outcome: 'failed', reason: 'connection-reset' });
    expect(receiver.requests).toBe(1);
  });

  it.each(['H', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200'])(
    'is a failure once %j has arrived',
    async (beginning) => {
      perConnection = (request, socket) => {
        if (request === 0) socket.write(OK);
        else socket.write(beginning, () => socket.resetAndDestroy());
      };
      expect(await attempt()).toMatchObject({ outcome: 'delivered' });
      const outcome = await attempt();
      expect(outcome).toEqual({ outcome: 'failed', reason: 'connection-reset' });
      expect(receiver.requests).toBe(2);
    },
  );

  it('does not extend the timeout of the attempt', async () => {
    perConnection = (request, socket, connection) => {
      if (request === 0 && connection === 0) socket.write(OK);
      else if (connection === 0) socket.resetAndDestroy();
    };
    expect(await attempt()).toMatchObject({ outcome: 'delivered' });
    expect(await attempt({ retry: HURRIED })).toEqual({ outcome: 'failed', reason: 'timeout' });
    expect(receiver.requests).toBe(3);
    while (client.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
