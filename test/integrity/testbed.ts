import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { History } from './history.js';
import { OrderClient } from './order-client.js';
import { startSystem, type System } from './system.js';

/** What a run works on. The history may have begun before it: then it is judged as well. */
export interface Testbed {
  readonly directory: string;
  readonly system: System;
  readonly client: OrderClient;
  readonly history: History;
  close(options?: { keepLogs?: boolean }): Promise<void>;
}

export async function openTestbed(
  instances: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Testbed> {
  const directory = await mkdtemp(join(tmpdir(), 'orderstream-integrity-'));
  const system = await startSystem({ directory, instances, env });
  const client = new OrderClient(
    system.instances.map(({ app }) => app.url),
    system.apiKey,
  );
  const close = async ({ keepLogs = false } = {}) => {
    await client.close();
    await system.stop();
    if (!keepLogs) await rm(directory, { recursive: true, force: true });
  };
  return { directory, system, client, history: new History(), close };
}
