import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTestDirectory } from '#libs/testing';
import { runCli } from '../../tools/launcher/embedded.mjs';
import { inDatabase } from './commands.fixture.js';
import { eventually, positionOf, sharedServers, someOrder, useSharedSystem } from './system.fixture.js';

/** Promise 5, and what an operator does about it. */
describe('read models', () => {
  const { system, client } = useSharedSystem();
  let directory: string;
  beforeAll(async () => {
    directory = await makeTestDirectory('projections');
  });

  /** @throws with what the command line has written. */
  async function cli(...args: string[]): Promise<string> {
    const logFile = join(directory, `${randomUUID()}.log`);
    return runCli({ args, env: sharedServers(system.databaseUrl), logFile }).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await readFile(logFile, 'utf8')}`, { cause: error });
    });
  }
  const sql = (...statements: string[]) => inDatabase(system.databaseUrl, ...statements);
  const post = async (customerId?: string): Promise<{ orderId: string; position: string }> => {
    const answer = await client.post('/v1/orders', someOrder(customerId));
    expect(answer.status).toBe(201);
    return { orderId: answer.body.orderId, position: positionOf(answer) };
  };
  const isThere = (orderId: string) =>
    eventually(async () => expect((await client.get(`/v1/orders/${orderId}`)).status).toBe(200));
  const live = async (name: string) => {
    const [row] = await sql(`select version, build from projection where name = '${name}'`);
    return row;
  };

  describe('that cannot take an event', () => {
    const poison = `poison-${randomUUID()}`;
    const refuse = () =>
      sql(`alter table "order" add constraint no_poison check (customer_id <> '${poison}') not valid`);
    const take = () => sql('alter table "order" drop constraint no_poison');

    it('stop there, say so, and hold nothing else up; told to try again, they go on', async () => {
      await refuse();
      const { orderId, position } = await post(poison);
      await eventually(async () => expect(await system.log()).toContain(`orders stops at ${position}`));
      const timeline = await client.get(`/v1/orders/${orderId}/events`);
      expect(timeline.body.items).toHaveLength(1);
      expect((await client.get(`/v1/orders/${orderId}`)).status).toBe(404);
      expect((await client.get('/health/ready')).status).toBe(200);
      await expect(cli('projections')).rejects.toThrow();
      await take();
      await cli('projections', 'retry', 'orders');
      await isThere(orderId);
      await cli('projections');
    });

    it('leave it out when they are told to, and take what comes after it', async () => {
      await refuse();
      const { orderId, position } = await post(poison);
      await eventually(async () => expect(await system.log()).toContain(`orders stops at ${position}`));
      await cli('projections', 'skip', 'orders', position);
      await take();
      const more = await Promise.all(Array.from({ length: 40 }, () => post()));
      for (const order of more) await isThere(order.orderId);
      expect((await client.get(`/v1/orders/${orderId}`)).status).toBe(404);
      // Its later events are no surprise then.
      const { status } = await client.step(orderId, 'confirmed');
      expect(status).toBe(200);
      await eventually(async () =>
        expect((await client.get(`/v1/orders/${orderId}/events`)).body.items).toHaveLength(2),
      );
      await cli('projections');
    });
  });

  it('are rebuilt at the start when they were built by an older version', async () => {
    const { build } = (await live('order-statistics')) as { build: number };
    await sql(`update projection set version = 0 where name = 'order-statistics'`);
    await system.app.restart();
    await eventually(async () =>
      expect(await live('order-statistics')).toEqual({ version: 1, build: build + 1 }),
    );
  });

  it('are made good when the database has lost what it had', async () => {
    const { orderId } = await post();
    await isThere(orderId);
    // In one transaction, as a restored backup would have it.
    await sql(`with rows as (delete from "order" returning 1)
      update projection_checkpoint set next_offset = 0 where projection = 'orders'`);
    await isThere(orderId);
  });
});
