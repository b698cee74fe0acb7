import { join } from 'node:path';
import {
  runCli,
  startApp,
  startKafka,
  startPostgres,
  startRegistry,
} from '../../../tools/launcher/embedded.mjs';

/** What `cli.mjs` gives a bench. */
export interface Place {
  readonly addresses: Environment;
  /** For all that goes when the bench ends. */
  readonly directory: string;
  /** For what stays. */
  readonly kept: string;
  step<Value>(title: string, work: () => Promise<Value>): Promise<Value>;
}

export interface AppPlan {
  readonly title: string;
  /** From the root of the repository. */
  readonly program: string;
  readonly env?: Environment;
  /** Servers of its own, with topics of so many partitions. (Who owns which stands in the database.) */
  readonly partitions?: number;
}

export interface RunningApp {
  readonly url: string;
  readonly pid: number;
  readonly apiKey: string;
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

export const PARTITIONS = 12;

/** How node runs programs of the bench that are TypeScript. */
export const AS_TYPESCRIPT = { NODE_OPTIONS: '--import=./test/bench/typescript/register.mjs' };

/** The apps under test, each a process of its own, on servers that were made ready for them. */
export class Stage {
  readonly #apps = new Map<string, Promise<RunningApp>>();

  private constructor(
    private readonly place: Place,
    /** With an API key of the database: all apps but those with servers of their own take it. */
    private readonly common: { readonly env: Environment; readonly apiKey: string },
  ) {}

  static async prepare(place: Place): Promise<Stage> {
    const env = {
      ...place.addresses,
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      TOPIC_PARTITIONS: String(PARTITIONS),
    };
    return new Stage(place, await place.step('deploying', () => deploy(place, env)));
  }

  app(plan: AppPlan): Promise<RunningApp> {
    const app =
      this.#apps.get(plan.title) ?? this.place.step(`starting ${plan.title}`, () => this.#start(plan));
    this.#apps.set(plan.title, app);
    return app;
  }

  async #start({ title, program, env = {}, partitions }: AppPlan): Promise<RunningApp> {
    const { env: servers, apiKey } =
      partitions === undefined ? this.common : await this.#serversOfItsOwn(partitions);
    const logFile = fileIn(this.place, `${title}.log`);
    const app = await startApp({ env: { ...servers, ...env }, logFile, program });
    const stop = async () => {
      this.#apps.delete(title);
      await app.stop();
    };
    return { url: app.url, pid: app.pid, apiKey, stop };
  }

  /** An API key of another tenant, for all apps but those with servers of their own. */
  key(tenant: string): Promise<string> {
    return makeKey(this.place, this.common.env, tenant);
  }

  async #serversOfItsOwn(partitions: number) {
    const directory = (server: string) => fileIn(this.place, `${server}-${partitions}`);
    const { brokers } = await startKafka({ directory: directory('kafka') });
    const registry = await startRegistry({ directory: directory('registry'), brokers });
    const postgres = await startPostgres({ directory: directory('postgres') });
    return deploy(this.place, {
      ...this.common.env,
      KAFKA_BROKERS: brokers,
      SCHEMA_REGISTRY_URL: registry.url,
      DATABASE_URL: postgres.url,
      TOPIC_PARTITIONS: String(partitions),
    });
  }
}

/** Makes servers ready for the product, and a key for its API. */
async function deploy(place: Place, env: Environment) {
  await runCli({ args: ['deploy'], env, logFile: fileIn(place, 'cli.log') });
  return { env, apiKey: await makeKey(place, env, 'bench') };
}

async function makeKey(place: Place, env: Environment, tenant: string): Promise<string> {
  const args = ['keys', 'create', '--tenant', tenant, '--name', 'bench', '--quiet'];
  return (await runCli({ args, env, logFile: fileIn(place, 'cli.log') })).trim();
}

const fileIn = ({ directory }: Place, name: string): string =>
  join(directory, name.replaceAll(/[^a-z0-9.-]+/gi, '-'));
