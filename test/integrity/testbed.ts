import { Client } from '../systems/client.js';
import { deployProduct, type Instance, type Product } from '../systems/product.js';
import {
  type Cluster,
  type ClusterOptions,
  type Servers,
  startCluster,
  startServers,
} from '../systems/servers.js';
import { History } from './history.js';
import { OrderClient } from './order-client.js';

/** A deployed product, on servers of its own unless it was given some. */
export interface OpenProduct {
  readonly product: Product;
  /** Holds all logs. */
  readonly directory: string;
  close(options?: { readonly keepLogs?: boolean }): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;
type App = Instance['app'];
/** They stop with the product where they can. */
type RunningServers = Pick<Servers, 'directory' | 'env'> & Partial<Pick<Servers, 'stop'>>;

async function deployOn(servers: RunningServers, env: Environment = {}): Promise<OpenProduct> {
  const { directory } = servers;
  const product = await deployProduct(directory, { ...servers.env, ...env });
  const close: OpenProduct['close'] = async (options) => {
    await product.stop();
    await servers.stop?.(options);
  };
  return { product, directory, close };
}

const startMany = (
  product: Product,
  app: 'command-api' | 'webhook-dispatcher',
  count: number,
  env: Environment,
) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      // Only the whole product runs in several processes.
      product.start(env['PROCESSES'] ? 'standalone' : app, { name: `${app}-${index}`, env }),
    ),
  );

/** The system that a run under faults works on. A history that began before the run is judged as well. */
export interface Testbed extends OpenProduct {
  readonly servers: Cluster;
  /** Instances of the command API. */
  readonly instances: readonly Instance[];
  readonly client: OrderClient;
  readonly history: History;
}

/** Three brokers behind proxies, and instances of the command API; the other servers are spared all faults. */
export async function openTestbed(
  count: number,
  env: Environment = {},
  version?: ClusterOptions['version'],
): Promise<Testbed> {
  const servers = await startCluster({ durable: false, version });
  const opened = await deployOn(servers, { TOPIC_REPLICATION: String(servers.kafka.nodes.length) });
  const apiKey = await opened.product.newKey();
  const instances = await startMany(opened.product, 'command-api', count, env);
  const client = new OrderClient(
    instances.map(({ app }) => app.url),
    apiKey,
  );
  const close: Testbed['close'] = async (options) => {
    await client.close();
    await opened.close(options);
  };
  return { ...opened, servers, instances, client, history: new History(), close };
}

/** Concurrent requests of a dispatcher to one subscription. */
export const CONCURRENCY = 16;

export interface WebhookTestbed extends OpenProduct {
  readonly servers: Servers;
  readonly commands: App;
  readonly subscriptions: App;
  readonly projector: App;
  readonly dispatchers: readonly Instance[];
  readonly apiKey: string;
}

/** Servers of its own, each app as a process, and several dispatchers. @param env for the dispatchers alone */
export async function openWebhookTestbed(count: number, env: Environment = {}): Promise<WebhookTestbed> {
  const servers = await startServers();
  const opened = await deployOn(servers, {
    WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    WEBHOOK_CONCURRENCY: String(CONCURRENCY),
    WEBHOOK_POLL_MS: '200',
    // Keys are in the database too.
    API_KEY_CACHE_MS: '3600000',
  });
  const { product } = opened;
  const apiKey = await product.newKey();
  const [{ app: commands }, { app: subscriptions }, { app: projector }] = await Promise.all([
    product.start('command-api'),
    product.start('webhook-api'),
    product.start('projector'),
  ]);
  const dispatchers = await startMany(product, 'webhook-dispatcher', count, env);
  return { ...opened, servers, commands, subscriptions, projector, dispatchers, apiKey };
}

/** Clients of one tenant, of apps that run apart. */
export interface ClientsApart {
  readonly commands: Client;
  readonly queries: Client;
}

export interface AppsTestbed extends OpenProduct {
  /** Addresses of the servers. */
  readonly env: Environment;
  readonly databaseUrl: string;
  readonly clients: readonly [ClientsApart, ...ClientsApart[]];
  readonly projector: App;
}

/** One of each app, with clients of that many tenants. */
export async function openAppsTestbed(servers: RunningServers, tenants = 1): Promise<AppsTestbed> {
  const opened = await deployOn(servers);
  const { product } = opened;
  const [{ app: commands }, { app: queries }, { app: projector }] = await Promise.all([
    product.start('command-api'),
    product.start('query-api'),
    product.start('projector'),
  ]);
  const keys = await Promise.all(Array.from({ length: tenants }, () => product.newKey()));
  const clients = keys.map((key) => ({
    commands: new Client(() => commands.url, key),
    queries: new Client(() => queries.url, key),
  })) as [ClientsApart, ...ClientsApart[]];
  const close: AppsTestbed['close'] = async (options) => {
    projector.resume();
    await opened.close(options);
  };
  return { ...opened, env: servers.env, databaseUrl: servers.env.DATABASE_URL, clients, projector, close };
}

export interface WholeProduct extends OpenProduct {
  readonly app: App;
}

/** The whole product in one process. It may deliver to this machine. */
export async function openWholeProduct(): Promise<WholeProduct> {
  const opened = await deployOn(await startServers(), { WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true' });
  const { app } = await opened.product.start('standalone');
  return { ...opened, app };
}
