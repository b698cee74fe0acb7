import { join } from 'node:path';
import { fetchDistribution, KAFKA, REGISTRY } from '../setup/distributions.mjs';
import { checkBrokers, checkDatabase, checkRegistry } from './given-servers.mjs';
import { startKafka } from './kafka.mjs';
import { startPostgres } from './postgres.mjs';
import { startRegistry } from './registry.mjs';

/**
 * Where the servers are, under the names by which every program of the system knows them. Given ones are the user's.
 * @typedef {{ KAFKA_BROKERS?: string, SCHEMA_REGISTRY_URL?: string, DATABASE_URL?: string }} GivenServers
 *
 * @typedef {object} ServerPlan
 * @property {import('../supervision/supervisor.mjs').Supervisor} supervisor
 * @property {import('../progress.mjs').Progress} progress
 * @property {GivenServers} given
 * @property {Promise<unknown>} packages resolves when npm packages can be loaded
 * @property {string} data
 * @property {string} logs
 * @property {import('./ports.mjs').ServerPorts} ports
 * @property {boolean} durable
 * @property {boolean} [createsDatabases] see `startPostgres`
 * @property {Keep} [keep] starts a server, and looks after it; without it, its end is a loss
 *
 * @typedef {import('../supervision/supervisor.mjs').Running} Running
 * @typedef {<Server extends Running>(name: string, start: () => Promise<Server>) => Promise<Server>} Keep
 */

/**
 * Starts what is not given, each as soon as what it needs is there.
 * @param {ServerPlan} plan
 * @returns the addresses of all
 */
export async function bringUpServers({
  supervisor,
  progress,
  given,
  packages,
  data,
  logs,
  ports,
  durable,
  createsDatabases = false,
  keep = (_name, start) => supervisor.watch(start),
}) {
  const place = (/** @type {string} */ name) => ({
    supervisor,
    directory: join(data, name),
    logFile: join(logs, `${name}.log`),
  });

  const kafkaFiles = given.KAFKA_BROKERS ? Promise.resolve() : fetchDistribution(KAFKA, supervisor, progress);
  /** @type {Promise<{ brokers: string }>} */
  const kafka = given.KAFKA_BROKERS
    ? checkBrokers(given.KAFKA_BROKERS)
    : kafkaFiles.then(() =>
        progress.step('starting Kafka', () =>
          keep('kafka', () => startKafka({ ...place('kafka'), ports, brief: !durable })),
        ),
      );

  const start = (/** @type {string} */ brokers) =>
    progress.step('starting the schema registry', () =>
      keep('registry', () => startRegistry({ ...place('registry'), brokers, port: ports.registry })),
    );
  // One Maven at a time: they share a cache.
  const registryFiles = () => kafkaFiles.then(() => fetchDistribution(REGISTRY, supervisor, progress));
  /** @type {Promise<{ url: string }>} */
  const registry = given.SCHEMA_REGISTRY_URL
    ? checkRegistry(given.SCHEMA_REGISTRY_URL)
    : Promise.all([kafka, registryFiles()]).then(([{ brokers }]) => start(brokers));

  /** @type {Promise<{ url: string }>} */
  const postgres = packages.then(() =>
    given.DATABASE_URL
      ? checkDatabase(given.DATABASE_URL)
      : progress.step('starting Postgres', () =>
          keep('postgres', () =>
            startPostgres({ ...place('postgres'), port: ports.postgres, durable, createsDatabases }),
          ),
        ),
  );

  const [broker, schemas, database] = await Promise.all([kafka, registry, postgres]);
  return { KAFKA_BROKERS: broker.brokers, SCHEMA_REGISTRY_URL: schemas.url, DATABASE_URL: database.url };
}

/**
 * @param {GivenServers} given
 * @returns what has to come from Maven, and needs Java
 */
export const neededDistributions = (given) => [
  ...(given.KAFKA_BROKERS ? [] : [KAFKA]),
  ...(given.SCHEMA_REGISTRY_URL ? [] : [REGISTRY]),
];
