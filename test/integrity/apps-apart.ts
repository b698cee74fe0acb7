import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedServer, runCli, startApp } from '../../tools/launcher/embedded.mjs';

export type AppProgram = 'command-api' | 'query-api' | 'projector';

export interface AppsApart<Name extends string> {
  readonly apps: Readonly<Record<Name, EmbeddedServer>>;
  /** @throws with what the command line has written. @returns its standard output; the rest is in the log. */
  readonly cli: (args: readonly string[], logFile?: string) => Promise<string>;
  /** The API key of a new tenant. */
  readonly newTenant: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface AppsApartOptions<Name extends string> {
  readonly directory: string;
  /** With the addresses of servers that are running. */
  readonly env: Record<string, string>;
  readonly programs: Readonly<Record<Name, AppProgram>>;
}

/** Apps as processes of their own, so that one can be hurt and the others not, on a deployment that they share. */
export async function startAppsApart<Name extends string>(
  options: AppsApartOptions<Name>,
): Promise<AppsApart<Name>> {
  const { directory, env, programs } = options;
  async function cli(args: readonly string[], logFile = join(directory, `cli-${randomUUID()}.log`)) {
    const run = runCli({ args: [...args], env, logFile }).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await readFile(logFile, 'utf8')}`, { cause: error });
    });
    return (await run).trim();
  }
  await cli(['deploy']);
  const started = Object.entries<AppProgram>(programs).map(async ([name, app]) => {
    const program = fileURLToPath(new URL(`../../dist/apps/${app}/src/main.js`, import.meta.url));
    return [name, await startApp({ env, logFile: join(directory, `${name}.log`), program })] as const;
  });
  const apps = Object.fromEntries(await Promise.all(started)) as Record<Name, EmbeddedServer>;
  return {
    apps,
    cli,
    newTenant: () =>
      cli(['keys', 'create', '--tenant', `tenant-${randomUUID()}`, '--name', 'test', '--quiet']),
    stop: async () => {
      await Promise.all(Object.values<EmbeddedServer>(apps).map((app) => app.stop()));
    },
  };
}
