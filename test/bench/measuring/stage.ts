import { join } from 'node:path';
import { deployProduct, type Launcher, type Product } from '../../systems/product.js';
import { startServers } from '../../systems/servers.js';
import { REGISTER } from '../../systems/typescript.js';

/** The environment that `cli.mjs` gives a bench. */
export interface Place {
  /** The checkout whose product takes part, and how it starts programs. */
  readonly root: string;
  readonly launcher: Launcher;
  readonly addresses: Environment;
  /** For all that goes when the bench ends. */
  readonly directory: string;
  /** For what stays. */
  readonly kept: string;
  step<Value>(title: string, work: () => Promise<Value>): Promise<Value>;
}

export interface AppPlan {
  readonly title: string;
  /** From the root of the checkout. */
  readonly program: string;
  readonly env?: Environment;
  /** Servers of its own, with topics of that many partitions. (The database says who owns which.) */
  readonly partitions?: number;
  /** That its start may take. */
  readonly readySeconds?: number;
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
export const AS_TYPESCRIPT = { NODE_OPTIONS: `--import=${REGISTER}` };

/** The apps under test, each a process of its own, on servers that were made ready for them. */
export class Stage {
  readonly #apps = new Map<string, Promise<RunningApp>>();

  private constructor(
    private readonly place: Place,
    /** Shared by all apps that have no servers of their own. */
    private readonly common: Deployed,
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

  async #start({ title, program, env = {}, partitions, ...more }: AppPlan): Promise<RunningApp> {
    const { env: servers, apiKey } =
      partitions === undefined ? this.common : await this.#serversOfItsOwn(partitions);
    const logFile = fileIn(this.place, `${title}.log`);
    const app = await this.place.launcher.startApp({
      ...more,
      env: { ...servers, ...env },
      logFile,
      program,
    });
    const stop = async () => {
      this.#apps.delete(title);
      await app.stop();
    };
    return { url: app.url, pid: app.pid, apiKey, stop };
  }

  /** An API key of a tenant, for all apps but those with servers of their own. */
  key(tenant: string, scopes?: readonly string[]): Promise<string> {
    return this.common.product.newKey(tenant, scopes);
  }

  async #serversOfItsOwn(partitions: number): Promise<Deployed> {
    const directory = fileIn(this.place, `servers-${partitions}`);
    const { env } = await startServers({ directory, durable: false });
    return deploy(this.place, { ...this.common.env, ...env, TOPIC_PARTITIONS: String(partitions) });
  }
}

interface Deployed {
  readonly env: Environment;
  readonly product: Product;
  readonly apiKey: string;
}

async function deploy(place: Place, env: Environment): Promise<Deployed> {
  const product = await deployProduct(place.directory, env, place.launcher);
  return { env, product, apiKey: await product.newKey('bench') };
}

const fileIn = ({ directory }: Place, name: string): string =>
  join(directory, name.replaceAll(/[^a-z0-9.-]+/gi, '-'));
