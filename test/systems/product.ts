import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as embedded from '../../tools/launcher/embedded.mjs';
import type { EmbeddedServer } from '../../tools/launcher/embedded.mjs';

type Environment = Readonly<Record<string, string>>;

const READY_POLL_MS = 100;

/** An app in a process of its own, or in several, with everything it has logged over all its restarts. */
export class Instance {
  #runs = 0;

  constructor(
    readonly app: EmbeddedServer,
    private readonly logFile: string,
    /** Without its supervisor. */
    readonly processes = 1,
  ) {}

  /** @param between what happens while it is away */
  async restart(
    signal: NodeJS.Signals,
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    await this.app.stop(signal);
    // The launcher keeps two logs.
    await rename(this.logFile, this.#logOf(this.#runs++));
    await between();
    await this.app.restart();
  }

  /** Kills one of several processes, and waits until its supervisor has replaced it. @param number from 1 */
  async killProcess(number: number): Promise<void> {
    let pid = 0;
    for await (const line of this.logEntries<{ readonly process: number; readonly pid: number }>(
      'process started',
    ))
      if (line.process === number) pid = line.pid;
    process.kill(pid, 'SIGKILL');
    for (let isReady = false; !isReady; await sleep(READY_POLL_MS))
      isReady = await fetch(`${this.app.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
  }

  /** The entries that contain a text, except for one that was cut off when the process was killed. */
  async *logEntries<Entry>(containing: string): AsyncIterable<Entry> {
    const files = [...Array.from({ length: this.#runs }, (_, run) => this.#logOf(run)), this.logFile];
    for (const file of files) {
      for await (const line of createInterface(createReadStream(file))) {
        if (line.includes(containing) && line.endsWith('}')) yield JSON.parse(line) as Entry;
      }
    }
  }

  #logOf = (run: number): string => `${this.logFile}.run-${run}`;
}

interface AppOptions {
  /** Names its log; the app's own name by default. */
  readonly name?: string;
  /** On top of the product's. */
  readonly env?: Environment;
}

type AppName =
  | 'command-api'
  | 'operations-api'
  | 'process-manager'
  | 'projector'
  | 'query-api'
  | 'standalone'
  | 'webhook-api'
  | 'webhook-dispatcher';

/** From the root of the repository. */
export const programOf = (app: AppName): string => `dist/apps/${app}/src/main.js`;

export interface Product {
  /** @throws with what the command line has written. @returns its standard output; the rest is in the log. */
  cli(args: readonly string[], logFile?: string): Promise<string>;
  /** An API key of the tenant, or of a new one. @param scopes all of a tenant's by default */
  newKey(tenant?: string, scopes?: readonly string[]): Promise<string>;
  start(app: AppName, options?: AppOptions): Promise<Instance>;
  stop(): Promise<void>;
}

export type Launcher = Pick<typeof embedded, 'runCli' | 'startApp'>;

/**
 * Deploys the product on running servers. Each app is a process of its own, so that it can be hurt by itself.
 * @param launcher of another checkout, if its product is meant
 */
export async function deployProduct(
  directory: string,
  env: Environment,
  { runCli, startApp }: Launcher = embedded,
): Promise<Product> {
  const instances: Instance[] = [];
  async function cli(args: readonly string[], logFile = join(directory, `cli-${randomUUID()}.log`)) {
    const run = runCli({ args: [...args], env, logFile }).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await readFile(logFile, 'utf8')}`, { cause: error });
    });
    return (await run).trim();
  }
  await cli(['deploy']);
  return {
    cli,
    newKey: (tenant = `tenant-${randomUUID()}`, scopes = ['*']) =>
      cli(['keys', 'create', '--tenant', tenant, '--name', 'test', '--scopes', scopes.join(','), '--quiet']),
    start: async (app, { name = app, env: more = {} } = {}) => {
      const logFile = join(directory, `${name}.log`);
      const started = await startApp({ env: { ...env, ...more }, logFile, program: programOf(app) });
      const instance = new Instance(started, logFile, Number(more['PROCESSES'] ?? 1));
      instances.push(instance);
      return instance;
    },
    stop: async () => {
      await Promise.all(instances.map(({ app }) => app.stop()));
    },
  };
}
