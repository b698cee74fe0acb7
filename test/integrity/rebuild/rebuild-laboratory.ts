import { Client } from '../../e2e/client.fixture.js';
import { startAppsApart } from '../apps-apart.js';
import type { RebuildLaboratory } from './rebuild-run.js';

export interface OpenRebuildLaboratory extends RebuildLaboratory {
  close(): Promise<void>;
}

/** One of each app, on servers that are running. */
export async function openRebuildLaboratory(
  directory: string,
  env: Record<string, string>,
): Promise<OpenRebuildLaboratory> {
  const programs = { commands: 'command-api', queries: 'query-api', projector: 'projector' } as const;
  const { apps, cli, newTenant, stop } = await startAppsApart({ directory, env, programs });
  const apiKey = await newTenant();
  return {
    directory,
    commands: new Client(() => apps.commands.url, apiKey),
    queries: new Client(() => apps.queries.url, apiKey),
    cli,
    close: stop,
  };
}
