import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTestDirectory } from '#libs/testing';
import { type EmbeddedServer, runCli, startPostgres } from '../../tools/launcher/embedded.mjs';
import { commandsOf, inDatabase, keyed, statesSaved, told } from './commands.fixture.js';
import {
  type Client,
  eventually,
  sharedServers,
  someOrder,
  startSystem,
  type System,
} from './system.fixture.js';

/** Promises 1, 2 and 4: the database is a cache of the log. */
describe('commands, when the database is deleted while they run, and comes back empty', () => {
  let directory: string;
  let postgres: EmbeddedServer;
  let system: System;
  let client: Client;

  beforeAll(async () => {
    directory = await makeTestDirectory('deleted');
    postgres = await startPostgres({ directory: join(directory, 'postgres') });
    // API keys are in the database too; the app goes on trusting those that it knows.
    system = await startSystem(sharedServers(postgres.url), { API_KEY_CACHE_MS: '3600000' });
    client = await system.client();
  });
  afterAll(async () => {
    await system?.app.stop();
    await postgres?.stop();
  });

  it('are decided on streams that were there before as if nothing had been', async () => {
    const key = keyed(randomUUID());
    const created = await client.post('/v1/orders', someOrder(), key);
    const { orderId } = created.body;
    const others = await Promise.all(Array.from({ length: 50 }, () => client.createOrder()));
    await client.step(orderId, 'confirmed');
    await statesSaved(postgres.url, 50);

    await postgres.kill9();
    await rm(join(directory, 'postgres'), { recursive: true });
    const { port, username, password } = new URL(postgres.url);
    postgres = await startPostgres({ directory: join(directory, 'postgres'), port: Number(port) });
    // The app knows the password of the one that was deleted.
    await inDatabase(postgres.url, `alter role "${username}" password '${password}'`);
    const url = new URL(postgres.url);
    url.password = password;
    const env = sharedServers(url.href);
    await runCli({ args: ['deploy'], env, logFile: join(directory, 'deploy.log') });

    expect((await answered(() => client.step(orderId, 'created'))).body.code).toBe(
      'order-status-step-forbidden',
    );
    const shipped = await answered(() => client.step(orderId, 'shipped'));
    expect(shipped.body).toMatchObject({ status: 'shipped', version: 3 });
    expect(told(await answered(() => client.post('/v1/orders', someOrder(), key)))).toEqual(told(created));
    for (const other of others) {
      const cancelled = await answered(() => client.step(other, 'cancelled'));
      expect(cancelled.body).toMatchObject({ status: 'cancelled', version: 2 });
    }
    expect(await commandsOf(client).versionsOf(orderId, 3)).toEqual([1, 2, 3]);
  });

  /** While the states are read again, commands may be answered with 503: they are sent again, as clients do. */
  const answered = (send: () => ReturnType<Client['post']>) =>
    eventually(async () => {
      const answer = await send();
      expect(answer.status).not.toBe(503);
      return answer;
    });
});
