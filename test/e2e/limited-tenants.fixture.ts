import { makeTestDirectory } from '#libs/testing';
import { join } from 'node:path';
import { runCli } from '../../tools/launcher/embedded.mjs';
import { type Client, eventually, sharedServers, someOrder, type System } from './system.fixture.js';

/** A pause after a refusal, so that the machine has time for others. */
const PAUSE_MS = 20;

/** Runs `orderstream tenants …` beside the system. */
export async function tenants({ databaseUrl }: System, ...args: readonly string[]): Promise<void> {
  const logFile = join(await makeTestDirectory('tenants'), 'cli.log');
  await runCli({ args: ['tenants', ...args], env: sharedServers(databaseUrl), logFile });
}

/** Resolves once all processes know of a tenant's limit of orders: each connection may go to another one. */
export async function untilLimited(client: Client, perSecond: number): Promise<void> {
  const expected = `"orders";q=${perSecond};w=1`;
  for (let connections = 0; connections < 10; connections++) {
    await eventually(async () => {
      const { headers } = await client.post('/v1/orders', {}, { connection: 'close' });
      expect(headers.get('ratelimit-policy')).toContain(expected);
    });
  }
}

/** Orders of a batch: a busy machine takes few requests, and more orders than a limit allows are wanted of it. */
export const BATCH = 5;

/** Orders from everywhere at once, as fast as it goes, for some seconds. */
export async function flood(
  client: Client,
  seconds: number,
  clients = 12,
): Promise<{ readonly taken: number; readonly seconds: number; readonly statuses: ReadonlySet<number> }> {
  const statuses = new Set<number>();
  let taken = 0;
  const began = performance.now();
  const order = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1_000) {
      const { status } = await client.post(
        '/v1/orders/batch',
        Array.from({ length: BATCH }, () => someOrder()),
      );
      statuses.add(status);
      if (status === 200) taken += BATCH;
      else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  await Promise.all(Array.from({ length: clients }, order));
  return { taken, seconds: (performance.now() - began) / 1_000, statuses };
}

/** Orders one after the other, never faster than this. */
export async function orderSteadily(
  client: Client,
  perSecond: number,
  seconds: number,
): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let n = 0; n < perSecond * seconds; n++) {
    const until = performance.now() + 1_000 / perSecond;
    // Each connection goes to the next process.
    statuses.add((await client.post('/v1/orders', someOrder(), { connection: 'close' })).status);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - performance.now())));
  }
  return statuses;
}
