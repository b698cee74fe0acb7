import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { Logger } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import { brokerSockets } from '../libs/kafka/connection/broker-sockets.js';
import { RegistryClient, registryOptions } from '../libs/kafka/registry/registry-client.js';
import { PeerClient } from '../libs/commands/peers/peer-client.js';
import { forwarded } from '../libs/commands/testing/peer-server.fixture.js';
import { ApiClient } from '../apps/cli/src/api/api-client.js';
import { trustingConnector } from '#libs/platform';
import { Authority } from '../tools/launcher/secure/certificates.mjs';
import { askHttp } from '../tools/launcher/servers/http-answers.mjs';

const HOST = '127.0.0.1';

interface Place {
  readonly port: number;
  readonly caFile: string;
}
const urlOf = ({ port }: Place): string => `https://${HOST}:${port}`;

/** Everything of ours that opens encrypted connections to servers with certificates of our own. Postgres is pg's. */
const CLIENTS: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  'the client of the registry': (place) =>
    new RegistryClient({ url: urlOf(place), caFile: place.caFile }).schema(1),
  'the agent of the library of the registry': async (place) => {
    const { agent } = registryOptions({ url: urlOf(place), caFile: place.caFile });
    const [response] = (await once(get(urlOf(place), { ...(agent && { agent }) }), 'response')) as unknown[];
    return response;
  },
  'the command line': (place) =>
    new ApiClient(urlOf(place), 'the key', place.caFile).send({ method: 'GET', path: '/v1/orders' }),
  'a command process': (place) =>
    new PeerClient(urlOf(place), 'the token', trustingConnector(place.caFile)).send(forwarded('a')),
  'the launcher': (place) =>
    askHttp(urlOf(place), { caFile: place.caFile, headers: { authorization: 'key' } }),
  'the client of Kafka': ({ port, caFile }) =>
    new Kafka({
      brokers: [`${HOST}:${port}`],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      socketFactory: brokerSockets({ caFile }),
    })
      .admin()
      .connect(),
};

describe.each(Object.entries(CLIENTS))('%s', (_, ask) => {
  const folder = mkdtempSync(join(tmpdir(), 'orderstream-wrong-certificates-'));
  const caFile = join(folder, 'ca.pem');
  let ours: Authority;
  let server: Server | undefined;
  let received = 0;
  beforeAll(async () => {
    ours = await Authority.make({ name: 'ours', days: 1 });
    writeFileSync(caFile, ours.pem);
  });
  beforeEach(() => {
    received = 0;
    import.meta.jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  });
  afterEach(() => server?.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  const serve = async (authority: Authority, hosts: string[]): Promise<Place> => {
    const certificate = await authority.certify({ name: 'somebody', hosts, days: 1 });
    server = createServer({ ...certificate, minVersion: 'TLSv1.3' }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        received++;
        socket.destroy();
      });
    }).listen(0, HOST);
    server.on('tlsClientError', () => undefined);
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, caFile };
  };

  it('says something to a server with the right certificate', async () => {
    await ask(await serve(ours, [HOST])).catch(() => undefined);
    expect(received).toBeGreaterThan(0);
  });

  it.each([
    ['another authority', async () => serve(await Authority.make({ name: 'ours', days: 1 }), [HOST])],
    ['another host', () => serve(ours, ['elsewhere'])],
  ])('says nothing to a server with the certificate of %s', async (_name, serveWrongly) => {
    await expect(ask(await serveWrongly())).rejects.toThrow();
    expect(received).toBe(0);
  });

  it('says nothing while the file of authorities is empty', async () => {
    const place = await serve(ours, [HOST]);
    const empty = join(folder, 'empty.pem');
    writeFileSync(empty, '');
    await expect((async () => ask({ ...place, caFile: empty }))()).rejects.toThrow();
    expect(received).toBe(0);
  });
});
