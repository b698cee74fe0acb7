import { join } from 'node:path';
import { makeDatabase, makeTestDirectory, type TestDatabase } from '#libs/testing';
import { type EmbeddedServer, pgBouncer, startPgBouncer } from '../../tools/launcher/embedded.mjs';
import {
  type Client,
  eventually,
  positionOf,
  sharedServers,
  someOrder,
  startSystem,
  type System,
} from './system.fixture.js';

const isInstalled = pgBouncer() !== undefined;
if (!isInstalled) process.stderr.write('SKIPPED: PgBouncer is not installed (apt-get install pgbouncer)\n');

(isInstalled ? describe : describe.skip)('behind PgBouncer, which gives each client a session', () => {
  let database: TestDatabase;
  let bouncer: EmbeddedServer;
  let system: System;
  let client: Client;

  beforeAll(async () => {
    database = await makeDatabase();
    const directory = join(await makeTestDirectory('pgbouncer'), 'pgbouncer');
    bouncer = await startPgBouncer({ directory, url: database.url });
    system = await startSystem(sharedServers(bouncer.url));
    client = await system.client('behind-pgbouncer');
  });
  afterAll(async () => {
    await system?.stop();
    await bouncer?.stop();
    await database?.drop();
  });

  const isReady = () => eventually(async () => expect((await client.get('/health/ready')).status).toBe(200));

  it('everything works as without it', async () => {
    await isReady();
    const made = await client.post('/v1/orders', someOrder());
    const { orderId } = made.body;
    const fresh = { 'orderstream-position': positionOf(made), prefer: 'wait=30' };
    const found = await client.get(`/v1/orders/${orderId}`, fresh);
    expect(found).toMatchObject({ status: 200, body: { orderId } });
    const wanted = { callbackUrl: 'http://127.0.0.1:9/hook', eventTypes: ['webhook.test'] };
    const { headers } = await client.subscribe(wanted);
    expect((await client.get(headers.get('location') ?? '')).status).toBe(200);
  });

  it('goes on by itself when PgBouncer was away', async () => {
    await bouncer.stop('SIGKILL');
    expect(await client.get('/v1/orders')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await bouncer.restart();
    await isReady();
    expect((await client.get('/v1/orders')).status).toBe(200);
  });
});
