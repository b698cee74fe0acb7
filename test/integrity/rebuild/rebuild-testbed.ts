import pg from 'pg';
import { Client } from '../../e2e/client.fixture.js';
import { startAppsApart } from '../apps-apart.js';
import type { RebuildTestbed } from './rebuild-run.js';

export interface OpenRebuildTestbed extends RebuildTestbed {
  close(): Promise<void>;
}

/** One of each app, on servers that are running. */
export async function openRebuildTestbed(
  directory: string,
  env: Record<string, string>,
): Promise<OpenRebuildTestbed> {
  const programs = { commands: 'command-api', queries: 'query-api', projector: 'projector' } as const;
  const { apps, cli, newTenant, stop } = await startAppsApart({ directory, env, programs });
  const apiKey = await newTenant();
  return {
    directory,
    commands: new Client(() => apps.commands.url, apiKey),
    queries: new Client(() => apps.queries.url, apiKey),
    cli,
    liveBuild: (projection) => liveBuild(env.DATABASE_URL, projection),
    close: stop,
  };
}

async function liveBuild(databaseUrl: string | undefined, projection: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const sql = 'select build from projection where name = $1';
    const { rows } = await client.query<{ build: number }>(sql, [projection]);
    return rows[0]?.build ?? 0;
  } finally {
    await client.end();
  }
}
