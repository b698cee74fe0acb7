import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { CertificateFolder } from '../testing/certificate-folder.fixture.js';
import { API_KEY, TestApp } from '../testing/http-app.fixture.js';
import { RawClient } from '../testing/raw-client.js';

const MOST_CONNECTIONS = 10;
const KEY = { authorization: `Bearer ${API_KEY}` };

const certificates = await CertificateFolder.use();
const app = await TestApp.use({
  ...certificates.settings,
  HTTP_MAX_CONNECTIONS_PER_TENANT: String(MOST_CONNECTIONS),
});
const port = Number(new URL(app.url).port);

describe('an app with a certificate', () => {
  const sockets = new Set<Socket>();
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });

  const track = <Kind extends Socket>(socket: Kind): Kind => {
    socket.on('error', () => undefined);
    sockets.add(socket);
    return socket;
  };
  const encrypted = (options: ConnectionOptions = {}): TLSSocket =>
    track(connect({ host: '127.0.0.1', port, ca: certificates.ca, ...options }));
  const plain = (): Socket => track(connectPlain({ host: '127.0.0.1', port }));
  const serialNumber = async (): Promise<string> => {
    const socket = encrypted();
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().serialNumber;
  };
  const statusOf = async (client: RawClient): Promise<number> => {
    client.send('/v1/orders/1', KEY, '', 'GET');
    return client.status();
  };

  it('answers over HTTPS', async () => {
    expect(app.url).toMatch(/^https:/);
    const client = RawClient.to(app.url, certificates.ca);
    expect(await statusOf(client)).toBe(200);
    client.close();
  });

  it('answers the requests of a client that has closed its side, and then the fault behind them', async () => {
    const client = RawClient.to(app.url, certificates.ca);
    for (let count = 0; count < 5; count++) client.send(`/v1/orders/${count}`, KEY, '', 'GET');
    client.write('nonsense\r\n\r\n');
    client.halfClose();
    await client.closed();
    expect(client.answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 400]);
  });

  it.each([
    ['speaks HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['sends nonsense', '\x16\x03\x01\x02\x00\x01' + '\xff'.repeat(600)],
  ])('closes the connection of a client that %s, and serves others', async (_, text) => {
    const socket = plain();
    socket.resume().write(Buffer.from(text, 'latin1'));
    await once(socket, 'close');
    expect(await statusOf(RawClient.to(app.url, certificates.ca))).toBe(200);
  });

  it('does not speak what was broken long ago', async () => {
    const socket = encrypted({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const [error] = (await once(socket, 'close').then(
      () => [undefined],
      (failure: unknown) => [failure],
    )) as [{ code?: string } | undefined];
    expect(error?.code).toMatch(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
  });

  it('counts clients that say nothing among strangers, whose connections close the oldest of their own', async () => {
    const known = RawClient.to(app.url, certificates.ca);
    expect(await statusOf(known)).toBe(200);
    const silent = Array.from({ length: MOST_CONNECTIONS }, plain);
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    const oldestClosed = once(silent[0]?.resume() as Socket, 'close');
    await once(encrypted(), 'secureConnect');
    await oldestClosed;
    expect(silent.slice(1).some(({ closed }) => closed)).toBe(false);
    expect(await statusOf(known)).toBe(200);
    known.close();
  });

  it('counts the connections of a tenant', async () => {
    const clients = Array.from({ length: MOST_CONNECTIONS + 1 }, () =>
      RawClient.to(app.url, certificates.ca),
    );
    for (const client of clients) expect(await statusOf(client)).toBe(200);
    await clients[0]?.closed();
    expect(await statusOf(clients[1] as RawClient)).toBe(200);
    for (const client of clients) client.close();
  });

  it('takes over a renewed certificate without a restart, and keeps the connections that are open', async () => {
    const before = RawClient.to(app.url, certificates.ca);
    expect(await statusOf(before)).toBe(200);
    const former = await serialNumber();
    await certificates.renew();
    while ((await serialNumber()) === former) await sleep(50);
    expect(await statusOf(before)).toBe(200);
    before.close();
  });

  it('is not kept from stopping by clients that say nothing', async () => {
    // The end of this spec, which stops the app, would be late.
    sockets.delete(plain());
    await sleep(50);
  });
});
