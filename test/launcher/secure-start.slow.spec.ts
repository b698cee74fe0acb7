/** @own-servers */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { makeKafka } from '#libs/kafka';
import { loadSettings } from '#libs/platform';
import {
  EVENT_TOPICS,
  type Grant,
  grantsOf,
  PRINCIPALS,
  type Principal,
} from '../../tools/launcher/secure/rights.mjs';
import { loadSecurely } from '../integrity/secure/secure-load.js';
import { CERTIFIED, SecureSystem } from '../systems/secure-system.js';
import { REPOSITORY } from '../systems/start-root.js';
import { type Attempt, KafkaAttempts } from './kafka-attempts.fixture.js';
import { until } from './until.js';

const LOAD_S = 45;
/** Renewed after two thirds of it. */
const CERTIFICATE_DAYS = 150 / 86_400;
const PATIENCE_MS = 300_000;
const PREFIX = 'orderstream';
const TOPICS = [...EVENT_TOPICS, 'orderstream-manifest', 'kafkasql-journal'];
const GROUPS = ['projector', 'process-manager', 'webhook-dispatcher'].concat(
  ['business', 'processes', 'webhooks'].map((group) => `commands-${group}`),
);
const GRANTS = grantsOf(PREFIX);
const NO_COORDINATOR = 'Failed to find group coordinator';

/** Rights that a start and this test's commands have no use for, and others have. */
const SELDOM_USED = [
  // `orderstream log accept`, after a loss.
  'log WRITE topics orderstream-manifest',
  // A snapshot a day, which a later start reads.
  'registry READ topics kafkasql-snapshots',
  'registry WRITE topics kafkasql-snapshots',
];

const on = (kind: Attempt['kind'], operation: string, names: readonly string[]): Attempt[] =>
  names.map((name) => ({ kind, operation, name }));

const ATTEMPTS: readonly Attempt[] = [
  ...on('topics', 'READ', TOPICS),
  ...on('topics', 'WRITE', TOPICS),
  ...on('topics', 'CREATE', ['another-topic']),
  ...on('topics', 'DELETE', ['orders', 'orderstream-manifest']),
  ...on('topics', 'ALTER_CONFIGS', ['orders', 'orderstream-manifest']),
  ...on(
    'groups',
    'READ',
    GROUPS.map((group) => `${PREFIX}-${group}`),
  ),
  ...on(
    'transactionalIds',
    'WRITE',
    EVENT_TOPICS.map((topic) => `${PREFIX}-${topic}-0`),
  ),
  ...on('cluster', 'DESCRIBE_CONFIGS', ['kafka-cluster']),
  ...on('cluster', 'ALTER_CONFIGS', ['kafka-cluster']),
  ...on('cluster', 'ALTER', ['kafka-cluster']),
];

const covers = (grant: Grant, { kind, operation, name }: Attempt): boolean =>
  grant.kind === kind &&
  grant.operation === operation &&
  (grant.isPrefix ? name.startsWith(grant.name) : name === grant.name);

/** What would disturb an app, or leave something behind, is seen in the app's own work. */
const isHarmless = ({ kind, operation }: Attempt): boolean =>
  !['WRITE', 'ALTER'].includes(operation) && !(kind === 'topics' && operation === 'CREATE');

describe('npm start -- --secure', () => {
  let system: SecureSystem;
  beforeAll(async () => {
    system = await SecureSystem.start(CERTIFICATE_DAYS, 'all');
  }, PATIENCE_MS);
  afterAll(() => system?.stop(), PATIENCE_MS);

  const cli = async (principal: Principal, ...args: string[]): Promise<string> => {
    const program = join(REPOSITORY, 'apps/cli/bin/orderstream.js');
    const env = { PATH: process.env.PATH, ...system.settingsOf(principal) };
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    return stdout;
  };

  it(
    'fails no request while connections log in anew and certificates are renewed, and delivers every order',
    async () => {
      const before = system.logInsAnew();
      const load = await loadSecurely(system, { seconds: LOAD_S, clients: 4 });
      expect(load).toMatchObject({ failures: [], undelivered: [] });
      expect(load.commands).toBeGreaterThan(20);
      expect(system.logInsAnew()).toBeGreaterThan(before);
    },
    PATIENCE_MS,
  );

  it(
    'renews the certificates of all servers, and they show the new ones',
    async () => {
      await until(() => CERTIFIED.every((name) => system.renewals().includes(name)), PATIENCE_MS);
      const load = await loadSecurely(system, { seconds: 1, clients: 2 });
      expect(load).toMatchObject({ failures: [], undelivered: [] });
    },
    2 * PATIENCE_MS,
  );

  it(
    'refuses nothing to the apps and the command line, and grants nothing that none of them uses',
    async () => {
      expect(await cli('log', 'log', 'show')).toContain('as it was written down');
      expect(await cli('projections', 'verify', 'orders')).toContain('equal');
      await cli('doctor', 'doctor');
      expect(await cli('analysts', 'analysts', 'create', 'eve', '--no-database')).toContain('eve is made');
      const deploy = () => cli('deploy', 'deploy');
      // The registry drops connections that are being opened while it takes over its new certificate.
      expect(await deploy().catch(deploy)).toContain('topic orders: exists');
      const decisions = system.decisions();
      expect(decisions.filter(({ answer }) => answer === 'Denied')).toEqual([]);
      const kinds = {
        topics: 'Topic',
        groups: 'Group',
        transactionalIds: 'TransactionalId',
        cluster: 'Cluster',
      };
      const isUsed = (grant: Grant) =>
        decisions.some(
          ({ principal, operation, kind, name }) =>
            principal === grant.principal &&
            kind === kinds[grant.kind] &&
            covers(grant, { kind: grant.kind, operation, name }),
        );
      const unused = GRANTS.filter((grant) => !isUsed(grant)).map(
        ({ principal, operation, kind, name }) => `${principal} ${operation} ${kind} ${name}`,
      );
      expect(unused).toEqual(SELDOM_USED);
    },
    PATIENCE_MS,
  );

  it.each(PRINCIPALS)(
    'lets %s do what it may, and has the broker refuse everything else',
    async (principal) => {
      const may = (attempt: Attempt) =>
        GRANTS.some((grant) => grant.principal === principal && covers(grant, attempt));
      const attempts = await KafkaAttempts.as(system.settingsOf(principal));
      try {
        const failed: { attempt: Attempt; error: string }[] = [];
        for (const attempt of ATTEMPTS) {
          const isAllowed = may(attempt);
          if (isAllowed && !isHarmless(attempt)) continue;
          const error = (await attempts.error(attempt)) ?? 'none';
          const isRefused = error.endsWith('_AUTHORIZATION_FAILED');
          if (isAllowed ? error !== 'none' : !isRefused) failed.push({ attempt, error });
        }
        // Of coordinators that may not be asked for, kafkajs does not say why there was none.
        const denied = new Set(
          system
            .decisions()
            .filter((each) => each.answer === 'Denied' && each.principal === principal)
            .map(({ name }) => name),
        );
        const wrong = failed.filter(
          ({ attempt, error }) => error !== NO_COORDINATOR || may(attempt) || !denied.has(attempt.name),
        );
        expect(wrong).toEqual([]);
      } finally {
        await attempts.close();
      }
    },
    PATIENCE_MS,
  );

  it.each([
    ['TLS', { KAFKA_TLS_ENABLED: 'false', KAFKA_TLS_CA_FILE: '' }],
    ['a trusted authority', { KAFKA_TLS_CA_FILE: '' }],
    ['a log-in', { KAFKA_SASL_MECHANISM: '', KAFKA_SASL_USERNAME: '', KAFKA_SASL_PASSWORD: '' }],
    ['the right password', { KAFKA_SASL_PASSWORD: 'wrong' }],
    ['the password of that principal', { KAFKA_SASL_USERNAME: 'command-api' }],
  ])(
    'lets no client in at Kafka without %s',
    async (_, changed) => {
      const settings = loadSettings({ ...system.settingsOf('query-api'), ...changed });
      const admin = makeKafka(settings).admin({ retry: { retries: 0 } });
      await expect(admin.connect().then(() => admin.listTopics())).rejects.toThrow();
      await admin.disconnect();
    },
    PATIENCE_MS,
  );

  it('lets no client in at Postgres, the registry or the front without TLS', async () => {
    const { databaseUrl, schemaRegistryUrl, url } = system.running;
    const [database] = databaseUrl.split('?');
    const plain = new Client({ connectionString: `${database}?sslmode=disable` });
    await expect(plain.connect()).rejects.toThrow(/no encryption/);
    const untrusting = new Client({ connectionString: `${database}?sslmode=verify-full` });
    await expect(untrusting.connect()).rejects.toThrow(/certificate/);
    for (const address of [schemaRegistryUrl, url])
      await expect(fetch(address.replace('https:', 'http:'))).rejects.toThrow();
  });

  it(
    'stops within a minute',
    async () => {
      const { code, seconds } = await system.stop();
      expect(code).toBe(0);
      expect(seconds).toBeLessThan(60);
    },
    PATIENCE_MS,
  );
});
