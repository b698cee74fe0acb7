import { join } from 'node:path';
import { LaunchFailure } from '../failure.mjs';
import { fetchDistribution, KAFKA_FILES, REGISTRY_FILES } from '../setup/distributions.mjs';
import { launchMail } from './mail.mjs';
import { launchPaymentGateway } from './payment-gateway.mjs';
import { launchKafka } from './kafka.mjs';
import { answersKafka } from './kafka-answers.mjs';
import { launchPostgres, rowsOf } from './postgres.mjs';
import { answersRegistry, launchRegistry } from './registry.mjs';
import { launchSecureKafka } from '../secure/secure-kafka.mjs';
import { trustSettings } from '../secure/log-in.mjs';

/**
 * Addresses of servers that the user runs, by setting; and the kind of gateway, as only the simulated one is a server.
 * @typedef {{
 *   KAFKA_BROKERS?: string,
 *   SCHEMA_REGISTRY_URL?: string,
 *   DATABASE_URL?: string,
 *   SMTP_URL?: string,
 *   PAYMENT_GATEWAY_URL?: string,
 *   PAYMENT_GATEWAY?: string,
 * }} GivenServers
 *
 * @typedef {object} ServerPlan
 * @property {import('../supervision/supervisor.mjs').Supervisor} supervisor
 * @property {import('../progress.mjs').Progress} progress
 * @property {GivenServers} given
 * @property {Promise<unknown>} [checked] rejects where no server may be started or asked, as with wrong settings
 * @property {Promise<unknown>} packages resolves when npm packages can be loaded
 * @property {Promise<unknown>} built resolves when our own programs can be started
 * @property {string} data
 * @property {string} logs
 * @property {string} [mails] where the mail catcher keeps mails; default: below `data`
 * @property {import('./ports.mjs').Ports} ports
 * @property {boolean} durable
 * @property {boolean} [createsDatabases] see `launchPostgres`
 * @property {Promise<import('../secure/security.mjs').Security>} [secure] how Kafka, the registry and Postgres know their clients,
 * and these them; none of the three is given then. Default: not at all
 * @property {Keep} [keep] starts a server and restarts it; without it, the end of a server ends the run
 *
 * @typedef {import('../supervision/supervisor.mjs').Running} Running
 * @typedef {<Server extends Running>(name: string, start: () => Promise<Server>) => Promise<Server>} Keep
 */

/**
 * Starts every server that is not given, as soon as its own prerequisites are ready.
 * @param {ServerPlan} plan
 * @returns the addresses of all servers
 */
export async function bringUpServers({
  supervisor,
  progress,
  given,
  checked = Promise.resolve(),
  packages,
  built,
  data,
  logs,
  mails = join(data, 'mail'),
  ports,
  durable,
  createsDatabases = false,
  secure,
  keep = (_name, start) => supervisor.watch(start),
}) {
  const place = (/** @type {string} */ name) => ({
    supervisor,
    directory: join(data, name),
    logFile: join(logs, `${name}.log`),
  });

  /**
   * @template {Running} Server
   * @param {string} title
   * @param {string} name
   * @param {string[]} portNames
   * @param {(...ports: number[]) => Promise<Server>} launch
   */
  const start = (title, name, portNames, launch) =>
    progress.step(`starting ${title}`, () => keep(name, ports.starter(portNames, launch)));

  const kafkaFiles = given.KAFKA_BROKERS
    ? Promise.resolve()
    : fetchDistribution(KAFKA_FILES, supervisor, progress);
  /** @type {Promise<{ brokers: string }>} */
  const kafka = Promise.all([checked, kafkaFiles, secure]).then(([, , security]) =>
    given.KAFKA_BROKERS
      ? checkBrokers(given.KAFKA_BROKERS)
      : start(
          'Kafka',
          'kafka',
          ['kafka', 'kafkaController', ...(security ? ['kafkaBrokers'] : [])],
          (clients, controller, brokers) => {
            const options = { ...place('kafka'), clients, controller, brief: !durable };
            return security ? launchSecureKafka({ ...options, brokers }, security) : launchKafka(options);
          },
        ),
  );

  const startRegistry = async (/** @type {string} */ brokers) => {
    const security = await secure;
    const secured = security && {
      certificate: await security.certificates.of('registry'),
      username: 'registry',
      password: security.passwords.registry,
    };
    return start('the schema registry', 'registry', ['registry'], (port) =>
      launchRegistry({ ...place('registry'), brokers, port, ...(secured && { security: secured }) }),
    );
  };
  // One Maven at a time, because they share a cache.
  const registryFiles = () => kafkaFiles.then(() => fetchDistribution(REGISTRY_FILES, supervisor, progress));
  const { SCHEMA_REGISTRY_URL } = given;
  /** @type {Promise<{ url: string }>} */
  const registry = SCHEMA_REGISTRY_URL
    ? checked.then(() => checkRegistry(SCHEMA_REGISTRY_URL))
    : Promise.all([kafka, registryFiles()]).then(([{ brokers }]) => startRegistry(brokers));

  const loadable = Promise.all([checked, packages]);
  /** @type {Promise<{ url: string, adminUrl?: string }>} */
  const postgres = loadable.then(async () => {
    if (given.DATABASE_URL) return checkDatabase(given.DATABASE_URL);
    const certificate = await (await secure)?.certificates.of('postgres');
    return start('Postgres', 'postgres', ['postgres'], (port) =>
      launchPostgres({
        ...place('postgres'),
        port,
        durable,
        createsDatabases,
        ...(certificate && { certificate }),
      }),
    );
  });

  // A mail server that is away delays mails only, so one of the user's is not checked.
  /** @type {Promise<{ url: string }>} */
  const mail = loadable.then(() =>
    given.SMTP_URL
      ? { url: given.SMTP_URL }
      : start('the mail catcher', 'mail', ['mail'], (port) =>
          launchMail({ ...place('mail'), directory: mails, port }),
        ),
  );

  /** @type {Promise<{ url?: string | undefined }>} */
  const gateway = Promise.all([checked, built]).then(() =>
    !startsGateway(given)
      ? { url: given.PAYMENT_GATEWAY_URL }
      : start('the payment gateway', 'payment-gateway', ['paymentGateway'], (port) =>
          launchPaymentGateway({ ...place('payment-gateway'), port }),
        ),
  );

  const [broker, schemas, database, smtp, payments] = await Promise.all([
    kafka,
    registry,
    postgres,
    mail,
    gateway,
  ]);
  const security = await secure;
  return {
    ...(security && trustSettings(security)),
    KAFKA_BROKERS: broker.brokers,
    SCHEMA_REGISTRY_URL: schemas.url,
    DATABASE_URL: database.url,
    ...(database.adminUrl && { DATABASE_ADMIN_URL: database.adminUrl }),
    SMTP_URL: smtp.url,
    ...(payments.url && { PAYMENT_GATEWAY_URL: payments.url }),
  };
}

/** @param {GivenServers} given */
export const startsGateway = ({ PAYMENT_GATEWAY, PAYMENT_GATEWAY_URL }) =>
  !PAYMENT_GATEWAY_URL && PAYMENT_GATEWAY !== 'stripe';

/**
 * @param {GivenServers} given
 * @returns the distributions to download with Maven, which need Java
 */
export const neededDistributions = (given) => [
  ...(given.KAFKA_BROKERS ? [] : [KAFKA_FILES]),
  ...(given.SCHEMA_REGISTRY_URL ? [] : [REGISTRY_FILES]),
];

/** Checks of servers that the user runs. Each failure names the setting concerned. */

/** @param {string} brokers as in KAFKA_BROKERS: host:port, several with commas */
async function checkBrokers(brokers) {
  const answers = await Promise.all(brokers.split(',').map((broker) => answersBroker(broker.trim())));
  if (answers.includes(true)) return { brokers };
  throw new LaunchFailure(`KAFKA_BROKERS: no Kafka broker answers at ${brokers}.`);
}

/** @param {string} broker */
function answersBroker(broker) {
  const { hostname, port } = new URL(`kafka://${broker}`);
  return answersKafka(hostname.replace(/^\[|\]$/g, ''), Number(port || 9092));
}

/** @param {string} url */
async function checkRegistry(url) {
  if (await answersRegistry(url).catch(() => false)) return { url };
  const hint = "It is the root of Confluent's API: on Apicurio it ends in /apis/ccompat/v7.";
  throw new LaunchFailure(
    `SCHEMA_REGISTRY_URL: no schema registry answers at ${withoutPassword(url)}. ${hint}`,
  );
}

/** @param {string} url */
async function checkDatabase(url) {
  try {
    await rowsOf(url, 'SELECT 1');
    return { url };
  } catch (error) {
    const reason = error instanceof Error ? error.message || Object(error).code : error;
    throw new LaunchFailure(`DATABASE_URL: no Postgres answers at ${withoutPassword(url)} (${reason}).`);
  }
}

/** @param {string} url */
function withoutPassword(url) {
  const shown = new URL(url);
  if (shown.password) shown.password = '…';
  return decodeURI(shown.href);
}
