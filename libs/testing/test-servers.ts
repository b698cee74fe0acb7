import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EventCodec } from '#libs/contracts';
import {
  createTopics,
  type KafkaEventLog,
  KafkaProtocol,
  makeEventLog,
  makeKafka,
  registerSchemas,
} from '#libs/kafka';
import { makePrisma, migrate } from '#libs/postgres';
import { loadSettings, type Settings } from '#libs/platform';
import { registeredSchemas } from './registered-schemas.js';

/** The servers that `npm test` has started. @throws when they are not there. */
export function testSettings(overrides: Record<string, string> = {}): Settings {
  for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL']) {
    if (!process.env[name]) throw new Error(`${name} is not set: run the tests by "npm test"`);
  }
  return loadSettings({ ...process.env, ...overrides });
}

/** A folder of a test's own. Under `npm test` it goes when the run is over, and with it all that stands in it. */
export const makeTestDirectory = (name: string): Promise<string> =>
  mkdtemp(join(process.env.ORDERSTREAM_TEST_DIRECTORY ?? tmpdir(), `orderstream-${name}-`));

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated database for one test file alone: a copy of one that the first to ask has made. */
export async function makeDatabase(): Promise<TestDatabase> {
  const server = testSettings().database.url;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, async (client) => {
    // Held until the connection ends, since only a database without users can be copied.
    await client.query(`select pg_advisory_lock(hashtext('${TEMPLATE}'))`);
    const { rowCount } = await client.query(`select 1 from pg_database where datname = '${TEMPLATE}'`);
    if (rowCount === 0) await makeTemplate(client, server);
    await client.query(`create database ${name} template ${TEMPLATE}`);
  });
  return {
    url: databaseAt(server, name),
    drop: () => dropDatabase(server, name),
  };
}

/** The database of the spec that calls it, until its last case is over. */
export async function useDatabase(poolSize = 5) {
  const { url, drop } = await makeDatabase();
  const prisma = makePrisma({ url, poolSize, timeoutMs: 5_000 });
  afterAll(async () => {
    await prisma.$disconnect();
    await drop();
  });
  return { url, prisma };
}

const NOT_PERMITTED = '42501';

/** A worker that vacuums the database belongs to the server, so nobody else may end it: it is waited for. */
async function dropDatabase(server: string, name: string): Promise<void> {
  for (;;) {
    try {
      await onServer(server, (client) => client.query(`drop database ${name} with (force)`));
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== NOT_PERMITTED) throw error;
      await sleep(500);
    }
  }
}

const TEMPLATE = 'test_template';

/** It has its name once it is whole. */
async function makeTemplate(client: Client, server: string): Promise<void> {
  const begun = `${TEMPLATE}_begun`;
  await client.query(`drop database if exists ${begun}`);
  await client.query(`create database ${begun}`);
  await migrate(databaseAt(server, begun), 'prisma/migrations');
  await client.query(`alter database ${begun} rename to ${TEMPLATE}`);
}

function databaseAt(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** Does the work on a connection of its own. */
export async function onServer<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The log of the product, with the topics that it has. */
export async function connectLog(settings = testSettings()) {
  const codec = new EventCodec(await registeredSchemas(settings.kafka.registry));
  const kafka = makeKafka(settings);
  const protocol = new KafkaProtocol(settings.kafka);
  return {
    log: makeEventLog(kafka, protocol, codec, settings),
    codec,
    kafka,
    /** The same log, claimed by transactional ids that begin differently: as if the former ones had expired. */
    claimedAs: (groupPrefix: string): KafkaEventLog =>
      makeEventLog(kafka, protocol, codec, { ...settings, kafka: { ...settings.kafka, groupPrefix } }),
    close: () => protocol.disconnect(),
  };
}

export type ConnectedLog = Awaited<ReturnType<typeof connectLog>>;

/** With an event topic for one test file alone. */
export type TestLog = ConnectedLog & { readonly topic: string };

export async function openLog(partitions = 3, settings = testSettings()): Promise<TestLog> {
  await registerSchemas(settings.kafka.registry);
  const connected = await connectLog(settings);
  const topic = `test-${randomUUID()}`;
  await createTopics(connected.kafka, [{ topic, partitions, replication: 1 }]);
  return { ...connected, topic };
}
