import { Client } from '../systems/client.js';
import { deployProduct, type Instance, type Product } from '../systems/product.js';
import { type Cluster, startCluster, startServers } from '../systems/servers.js';
import { History } from './history.js';
import { OrderClient } from './order-client.js';

/** The system that a run under faults works on. A history that began before the run is judged as well. */
export interface Testbed {
  readonly servers: Cluster;
  /** Instances of the command API. */
  readonly instances: readonly Instance[];
  readonly client: OrderClient;
  readonly history: History;
  close(options?: { keepLogs?: boolean }): Promise<void>;
}

/** Three brokers behind proxies, and instances of the command API; the other servers are spared all faults. */
export async function openTestbed(
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Testbed> {
  const servers = await startCluster({ durable: false });
  const product = await deployProduct(servers.directory, {
    ...servers.env,
    TOPIC_REPLICATION: String(servers.kafka.nodes.length),
  });
  const apiKey = await product.newKey();
  const instances = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      product.start('command-api', { name: `command-api-${index}`, env }),
    ),
  );
  const client = new OrderClient(
    instances.map(({ app }) => app.url),
    apiKey,
  );
  const close: Testbed['close'] = async (options) => {
    await client.close();
    await product.stop();
    await servers.stop(options);
  };
  return { servers, instances, client, history: new History(), close };
}

/** Clients of one tenant, of apps that run apart. */
export interface ClientsApart {
  readonly commands: Client;
  readonly queries: Client;
}

export interface AppsTestbed {
  readonly directory: string;
  readonly databaseUrl: string;
  cli(...asked: Parameters<Product['cli']>): Promise<string>;
  readonly clients: readonly [ClientsApart, ...ClientsApart[]];
  readonly projector: Instance['app'];
  close(): Promise<void>;
}

/** One of each app on running servers, with clients of that many tenants. */
export async function openAppsTestbed(
  directory: string,
  env: Readonly<Record<string, string>>,
  tenants = 1,
): Promise<AppsTestbed> {
  const product = await deployProduct(directory, env);
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
  return {
    directory,
    databaseUrl: env.DATABASE_URL ?? '',
    cli: (...asked) => product.cli(...asked),
    clients,
    projector,
    close: async () => {
      projector.resume();
      await product.stop();
    },
  };
}

interface WholeProduct {
  readonly app: Instance['app'];
  /** Where all logs are. */
  readonly directory: string;
  newKey(tenant: string): Promise<string>;
  stop(options: { readonly keepLogs: boolean }): Promise<void>;
}

/** The whole product in one process, on servers of its own. It may deliver to this machine. */
export async function startWholeProduct(log: (line: string) => void): Promise<WholeProduct> {
  log('starting one broker, and the whole product in one process');
  const servers = await startServers();
  const { directory } = servers;
  const product = await deployProduct(directory, { ...servers.env, WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true' });
  const { app } = await product.start('standalone');
  const stop: WholeProduct['stop'] = async (options) => {
    await product.stop();
    await servers.stop(options);
  };
  return { app, directory, newKey: (tenant) => product.newKey(tenant), stop };
}
