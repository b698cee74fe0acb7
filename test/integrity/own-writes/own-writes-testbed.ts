import { Client } from '../../e2e/client.fixture.js';
import { startAppsApart } from '../apps-apart.js';
import type { ClientsApart } from './own-writes-run.js';
import { ProjectorPauses } from './projector-pauses.js';

const TENANTS = 7;

export interface OwnWritesTestbed {
  /** Of a tenant each. */
  readonly clients: readonly [ClientsApart, ...ClientsApart[]];
  readonly pauses: ProjectorPauses;
  close(): Promise<void>;
}

/** One of each app, on servers that are running. */
export async function openOwnWritesTestbed(
  directory: string,
  env: Record<string, string>,
): Promise<OwnWritesTestbed> {
  const programs = { commands: 'command-api', queries: 'query-api', projector: 'projector' } as const;
  const { apps, newTenant, stop } = await startAppsApart({ directory, env, programs });
  const keys = await Promise.all(Array.from({ length: TENANTS }, newTenant));
  const clients = keys.map((key) => ({
    commands: new Client(() => apps.commands.url, key),
    queries: new Client(() => apps.queries.url, key),
  })) as [ClientsApart, ...ClientsApart[]];
  const pauses = new ProjectorPauses(apps.projector);
  const close = async () => {
    pauses.resume();
    await stop();
  };
  return { clients, pauses, close };
}
