import { join } from 'node:path';
import { makeTestDirectory, testSettings } from '#libs/testing/servers';
import { runCli, startApp } from '../../tools/launcher/embedded.mjs';
import { type System, systemOf } from './running-system.fixture.js';
import type { ServerUrls } from './servers.fixture.js';
import { stopSharedSystem } from './shared-system.fixture.js';

export { type Answer, Client, someOrder } from './client.fixture.js';
export type { System } from './running-system.fixture.js';
export { type ServerUrls, sharedServers } from './servers.fixture.js';
export { serversOfSharedSystem, SHARED_LIMITS, sharedSystem } from './shared-system.fixture.js';

/** A system of a spec's own, for those that stop servers or keep a database from the others. */
export async function startSystem(servers: ServerUrls, more: Record<string, string> = {}): Promise<System> {
  if (servers.KAFKA_BROKERS === testSettings().kafka.brokers.join(',')) await stopSharedSystem();
  const logFile = join(await makeTestDirectory('e2e'), 'app.log');
  const env = { ...servers, WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true', ...more };
  await runCli({ args: ['deploy'], env, logFile });
  const app = await startApp({ env, logFile });
  return systemOf({
    app,
    databaseUrl: servers.DATABASE_URL,
    logFile,
    logStart: 0,
    stop: () => app.stop(),
  });
}

/** Looks again and again until the check passes; fails with the check's own message. Not a measure of speed. */
export async function eventually<Value>(
  check: () => Promise<Value> | Value,
  withinMs = 120_000,
): Promise<Value> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
