import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedKafka,
  type EmbeddedKafkaCluster,
  type EmbeddedServer,
  freePort,
  startKafka,
  startKafkaCluster,
  startPostgres,
  startRegistry,
} from '../../tools/launcher/embedded.mjs';
import { FaultProxy } from './fault-proxy.js';

const BROKERS = 3;

/** The settings by which apps find their servers. */
export type ServerUrls = Readonly<Record<'KAFKA_BROKERS' | 'SCHEMA_REGISTRY_URL' | 'DATABASE_URL', string>>;

interface ServersOptions {
  /** For their data and logs. Otherwise a new one, which is removed when they stop unless the logs are to be kept. */
  readonly directory?: string;
  /** Whether Postgres syncs to disk; it must where it is killed. */
  readonly durable?: boolean;
}

export interface ClusterOptions extends ServersOptions {
  /** Of Kafka; by default the one of `npm start`. */
  readonly version?: string | undefined;
}

export interface Servers<Kafka = EmbeddedKafka> {
  readonly directory: string;
  readonly kafka: Kafka;
  readonly postgres: EmbeddedServer;
  readonly registry: EmbeddedServer;
  readonly env: ServerUrls;
  stop(options?: { readonly keepLogs?: boolean }): Promise<void>;
}

/** One empty server of each kind, as `npm start` has them. */
export const startServers = (options: ServersOptions = {}): Promise<Servers> =>
  startAll(
    options,
    (directory) => startKafka({ directory }),
    ({ brokers }) => brokers,
  );

export interface Cluster extends Servers<EmbeddedKafkaCluster> {
  /** One between each broker and the apps. */
  readonly proxies: readonly FaultProxy[];
}

/** Like {@link startServers}, with three brokers, each behind a proxy. */
export async function startCluster({ version, ...options }: ClusterOptions = {}): Promise<Cluster> {
  const ports = await Promise.all(Array.from({ length: BROKERS }, freePort));
  const proxies = await Promise.all(ports.map((port) => FaultProxy.open(port)));
  const servers = await startAll(
    options,
    (directory) =>
      startKafkaCluster({ directory, brokers: BROKERS, advertisedPorts: ports, ...(version && { version }) }),
    ({ directBrokers }) => directBrokers,
  );
  servers.kafka.nodes.forEach((node, index) => Object.assign(proxies[index] ?? {}, { target: node.port }));
  return {
    ...servers,
    proxies,
    stop: async (stopping) => {
      await servers.stop(stopping);
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}

async function startAll<Kafka extends { readonly brokers: string; stop(): Promise<void> }>(
  { directory: given, durable = true }: ServersOptions,
  startBrokers: (directory: string) => Promise<Kafka>,
  brokersForRegistry: (kafka: Kafka) => string,
): Promise<Servers<Kafka>> {
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'orderstream-')));
  const [kafka, postgres] = await Promise.all([
    startBrokers(join(directory, 'kafka')),
    startPostgres({ directory: join(directory, 'postgres'), durable }),
  ]);
  const brokers = brokersForRegistry(kafka);
  const registry = await startRegistry({ directory: join(directory, 'registry'), brokers });
  return {
    directory,
    kafka,
    postgres,
    registry,
    env: { KAFKA_BROKERS: kafka.brokers, SCHEMA_REGISTRY_URL: registry.url, DATABASE_URL: postgres.url },
    stop: async ({ keepLogs = given !== undefined } = {}) => {
      await registry.stop();
      await Promise.all([kafka.stop(), postgres.stop()]);
      if (!keepLogs) await rm(directory, { recursive: true, force: true });
    },
  };
}
