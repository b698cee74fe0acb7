import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../tools/launcher/secure/certificates.mjs';
import { RegistryClient, registryOptions } from './registry-client.js';

describe('an encrypted schema registry that wants a password', () => {
  let directory: string;
  let server: Server;
  let url: string;
  let caFile: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'orderstream-registry-'));
    caFile = join(directory, 'ca.pem');
    const authority = await Authority.make({ name: 'ours', days: 1 });
    writeFileSync(caFile, authority.pem);
    const certificate = await authority.certify({ name: 'registry', hosts: ['127.0.0.1'], days: 1 });
    server = createServer(certificate, (request, response) => {
      const isKnown = request.headers.authorization === `Basic ${btoa('orders:p@ss')}`;
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ schema: JSON.stringify({ path: request.url }) }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://orders:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });

  it('is asked with user and password, which are no part of the address', async () => {
    expect(await new RegistryClient({ url, caFile }).schema(7)).toEqual({ path: '/api/schemas/ids/7' });
    expect(registryOptions({ url, caFile })).toMatchObject({
      host: url.replace('orders:p%40ss@', ''),
      auth: { username: 'orders', password: 'p@ss' },
    });
  });

  it('is refused where its certificate is not trusted, and refuses a wrong password', async () => {
    await expect(new RegistryClient({ url }).schema(7)).rejects.toThrow('fetch failed');
    const wrong = url.replace('p%40ss', 'hunter2');
    const failure = await new RegistryClient({ url: wrong, caFile }).schema(7).catch((error: Error) => error);
    expect((failure as Error).message).toBe('the schema registry answered 401 to /schemas/ids/7');
  });
});

describe('a schema registry that is looked at again and again', () => {
  const IDS = Array.from({ length: 12 }, (_, index) => index + 1);
  let schemas: Map<number, object>;
  let asked: number[];
  let server: HttpServer;
  let client: RegistryClient;

  beforeEach(async () => {
    schemas = new Map(IDS.map((id) => [id, { name: `Schema${id}` }]));
    asked = [];
    server = createHttpServer((request, response) => {
      const id = Number(request.url?.split('/').at(-1));
      asked.push(id);
      const schema = schemas.get(id);
      response.writeHead(schema ? 200 : 404).end(JSON.stringify({ schema: JSON.stringify(schema) }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = new RegistryClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const look = async () => {
    asked = [];
    return client.schemas(IDS);
  };

  it('is asked for a few schemas at a time, and in turn for all', async () => {
    expect([...(await look())]).toEqual([...schemas]);
    expect(asked.toSorted((one, other) => one - other)).toEqual(IDS);
    const later = new Set<number>();
    for (let n = 0; n < 3; n++) {
      expect(await look()).toEqual(schemas);
      expect(asked).toHaveLength(5);
      for (const id of asked) later.add(id);
    }
    expect(later.size).toBe(IDS.length);
  });

  it('is asked for all once one has changed or is gone, and for those that are gone until they are back', async () => {
    await look();
    const before = schemas;
    schemas = new Map(IDS.slice(0, 6).map((id) => [id, { name: `Other${id}` }]));
    expect([...(await look())]).toEqual(IDS.map((id) => [id, schemas.get(id)]));
    schemas = before;
    expect([...(await look())]).toEqual([...before]);
  });
});
