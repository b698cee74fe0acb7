/**
 * Starts servers and apps for tests, benches and integrity runs. Code outside tools/launcher imports only this module.
 * Nothing started here outlives this process: the ledger of an `npm test` run, or a watchdog of its own, ensures that.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as app from './app.mjs';
import { launchMail } from './servers/mail.mjs';
import { launchGateway, nginx } from './servers/nginx.mjs';
import {
  launchNodeExporter,
  launchPrometheus,
  nodeExporter,
  prometheus,
  promtool,
} from './servers/prometheus.mjs';
import { launchPaymentGateway } from './servers/payment-gateway.mjs';
import { launchKafka, launchKafkaTool, nodeStarter, planNodes } from './servers/kafka.mjs';
import { pgBouncer, launchPgBouncer } from './servers/pgbouncer.mjs';
import { freePort } from './servers/ports.mjs';
import { Progress } from './progress.mjs';
import { canRunStripeMock, launchStripeMock } from './servers/stripe-mock.mjs';
import { launchPostgres } from './servers/postgres.mjs';
import { launchRegistry } from './servers/registry.mjs';
import { checkMavenIfNeeded, fetchDistribution, kafkaFiles } from './setup/distributions.mjs';
import { signalGroup } from './supervision/stopping.mjs';
import { Supervisor } from './supervision/supervisor.mjs';

export { canRunStripeMock, freePort, nginx, nodeExporter, pgBouncer, prometheus, promtool };

/**
 * A process started by this module. It stops, at the latest, with the process that started it.
 * @typedef {object} EmbeddedProcess
 * @property {string} name
 * @property {number} pid changes with `restart`
 * @property {(signal?: NodeJS.Signals) => Promise<void>} stop resolves when the process has ended. The default signal asks
 * for an orderly end. No effect after its end
 * @property {() => Promise<void>} kill9
 * @property {() => void} pause freezes the process until `resume`, with its connections open. Useless for Postgres, whose
 * children go on
 * @property {() => void} resume
 * @property {(signal?: NodeJS.Signals) => Promise<void>} restart stops it with that signal and starts it on the same port
 * and data. Works after `stop`, too
 *
 * @typedef {EmbeddedProcess & { brokers: string }} EmbeddedKafka
 * @typedef {EmbeddedProcess & { url: string }} EmbeddedServer `url` is the value for SCHEMA_REGISTRY_URL or DATABASE_URL, or
 * the base URL of an app
 * @typedef {Awaited<ReturnType<typeof startKafkaCluster>>} EmbeddedKafkaCluster
 *
 * @typedef {import('./secure/kafka-security.mjs').KafkaSecurity} KafkaSecurity
 *
 * @typedef {object} Place
 * @property {string} directory holds the data and is created if missing. The log is `<directory>.log`
 * @property {number} [port] default: a free port
 */

/** @type {Promise<Supervisor> | undefined} */
let supervisor;

const testRun = process.env.ORDERSTREAM_TEST_DIRECTORY;
const isTest = testRun !== undefined;

function supervision() {
  supervisor ??= testRun
    ? Promise.resolve(new Supervisor(join(testRun, 'processes.ndjson')))
    : claimTemporary(mkdtempSync(join(tmpdir(), 'orderstream-')));
  return supervisor;
}

/** @param {string} folder */
const claimTemporary = (folder) => Supervisor.claim(join(folder, 'processes.ndjson'), [folder]);

/**
 * A single broker, ready when the promise resolves (about 3 s).
 * @param {Place & { settings?: Record<string, string | number>, security?: KafkaSecurity }} options with broker settings that
 * override the launcher's
 * @returns {Promise<EmbeddedKafka>}
 */
export async function startKafka({ directory, port, settings, security }) {
  const ports = { clients: port ?? (await freePort()), controller: await freePort() };
  const brokers = security && (await freePort());
  const kept = { directory, settings, security, brief: isTest, logFile: `${directory}.log` };
  const options = { ...ports, ...(brokers && { brokers }), ...kept };
  return restartable((running) => launchKafka({ supervisor: running, ...options }));
}

/**
 * Brokers that are controllers too, ready when the promise resolves (about 10 s). Topics have three replicas of which two
 * must be in sync; the leaders of a broker that is killed or paused move within a few seconds.
 * @param {object} options
 * @param {string} options.directory empty, or a copy of that of another such cluster, which this one continues
 * @param {number} options.brokers
 * @param {readonly number[]} [options.advertisedPorts] the port each broker advertises, for proxies. Default: the port it
 * listens on
 * @param {string} [options.version] of Kafka, which is downloaded if it is missing. Default: the one of `npm start`
 */
export async function startKafkaCluster({ directory, brokers, advertisedPorts, version }) {
  const plan = await planNodes(brokers, advertisedPorts);
  const running = await supervision();
  if (version) await fetchKafka(version);
  const kept = { directory, nodes: plan, brief: isTest, ...(version && { version }) };
  const starterOf = nodeStarter({ supervisor: running, ...kept });
  const nodes = await Promise.all(
    plan.map((node) => restartable(starterOf(node), { id: node.id, port: node.clients })),
  );
  const addresses = (/** @type {(node: (typeof plan)[number]) => number | undefined} */ portOf) =>
    plan.map((node) => `127.0.0.1:${portOf(node)}`).join();
  return {
    /** The advertised addresses, for clients. */
    brokers: addresses((node) => node.advertised),
    /** Addresses that bypass proxies between clients and brokers. */
    directBrokers: addresses((node) => node.brokers),
    nodes,
    /** All brokers at once. */
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** @param {string} version */
async function fetchKafka(version) {
  const files = kafkaFiles(version);
  checkMavenIfNeeded([files]);
  await fetchDistribution(files, await supervision(), new Progress(process.stdout));
}

/**
 * A schema registry that keeps its schemas in that Kafka (about 3 s).
 * @param {Place & { brokers: string }} options
 * @returns {Promise<EmbeddedServer>}
 */
export async function startRegistry({ directory, brokers, port }) {
  const options = { directory, brokers, port: port ?? (await freePort()), logFile: `${directory}.log` };
  return restartable((running) => launchRegistry({ supervisor: running, ...options }));
}

/**
 * A Postgres with an empty database that its user owns (about 1 s).
 * @param {Place & { durable?: boolean }} options `durable` turns fsync on
 * @returns {Promise<EmbeddedServer>}
 */
export async function startPostgres({ directory, port, durable = false }) {
  const options = { directory, port: port ?? (await freePort()), durable, logFile: `${directory}.log` };
  return restartable((running) => launchPostgres({ supervisor: running, ...options }));
}

/**
 * An SMTP server that keeps mails as files in the directory. It logs each mail as a line of JSON, a `CaughtMail` of
 * mail-catcher.mjs, and misbehaves as the faults file says, `MailFaults` as JSON, while there is one.
 * @param {Place & { faultsFile?: string }} options
 * @returns {Promise<EmbeddedServer>} `url` is the value for SMTP_URL
 */
export async function startMailCatcher({ directory, port, faultsFile }) {
  const options = { directory, port: port ?? (await freePort()), logFile: `${directory}.log` };
  return restartable((running) =>
    launchMail({ supervisor: running, ...options, ...(faultsFile && { faultsFile }) }),
  );
}

/**
 * The built simulated payment gateway, which keeps its journal in the directory, so that it knows after a restart what it
 * has carried out. `GET /report` lists that, and `PUT /faults` makes it misbehave.
 * @param {Place} options
 * @returns {Promise<EmbeddedServer>} `url` is the value for PAYMENT_GATEWAY_URL
 */
export async function startPaymentGateway({ directory, port }) {
  const options = { directory, port: port ?? (await freePort()), logFile: `${directory}.log` };
  return restartable((running) => launchPaymentGateway({ supervisor: running, ...options }));
}

/**
 * Stripe's mock, which is built if it is missing: see `canRunStripeMock`.
 * @param {{ logFile: string }} options
 * @returns {Promise<EmbeddedServer>} `url` is that of the API
 */
export async function startStripeMock(options) {
  return restartable((running) => launchStripeMock({ supervisor: running, ...options }));
}

/**
 * PgBouncer in front of the Postgres at `url`. The resulting `url` leads through it.
 * @param {{ directory: string, url: string }} options
 * @returns {Promise<EmbeddedServer>}
 */
export async function startPgBouncer(options) {
  const port = await freePort();
  const logFile = `${options.directory}.log`;
  return restartable((running) => launchPgBouncer({ supervisor: running, port, logFile, ...options }));
}

/**
 * The gateway in front of apps that speak HTTPS, with HTTPS and HTTP/2: see `nginx`, which must be installed.
 * @param {{ directory: string, upstreams: Readonly<Record<string, readonly string[]>>,
 *   certificate: import('./secure/certificates.mjs').Certificate, appsCaFile: string }} options
 * @returns {Promise<EmbeddedServer>}
 */
export async function startGateway(options) {
  const port = await freePort();
  const logFile = `${options.directory}.log`;
  return restartable((running) => launchGateway({ supervisor: running, port, logFile, ...options }));
}

/**
 * Prometheus with rules and targets: see `prometheus`, which must be installed.
 * @param {{ directory: string, rules: Readonly<Record<string, string>>,
 *   targets: readonly { job: string, app: string, url: string }[] }} options
 * @returns {Promise<EmbeddedServer>}
 */
export async function startPrometheus(options) {
  const port = await freePort();
  const logFile = `${options.directory}.log`;
  return restartable((running) => launchPrometheus({ supervisor: running, port, logFile, ...options }));
}

/**
 * Shows how full volumes are: see `nodeExporter`, which must be installed.
 * @param {{ logFile: string }} options
 * @returns {Promise<EmbeddedServer>}
 */
export async function startNodeExporter(options) {
  const port = await freePort();
  return restartable((running) => launchNodeExporter({ supervisor: running, port, ...options }));
}

/**
 * Whoever starts an app here moves its orders by hand, unless it asks for fulfilment. The number of processes does not depend
 * on the machine.
 */
const DEFAULTS = { FULFILMENT_ENABLED: 'false', PROCESSES: '1' };

/**
 * The whole built system, in one process unless `env` says otherwise, ready when the promise resolves; `env` goes on top of this process's own.
 * @param {{ env: NodeJS.ProcessEnv, logFile: string, program?: string }} options `program` instead of the standalone app
 * @returns {Promise<EmbeddedServer>}
 */
export async function startApp({ env, ...options }) {
  const whole = { ...DEFAULTS, ...process.env, ...env, HTTP_PORT: String(await freePort()) };
  return restartable((running) => app.launchApp({ supervisor: running, env: whole, ...options }));
}

/**
 * The whole built system in one process, which outlives this one until the test run ends. The next call with the same name
 * returns the running app, and starts one only if there is none.
 * @param {{ name: string, env: NodeJS.ProcessEnv, logFile: string, port: number }} options
 * @returns {Promise<EmbeddedServer>}
 */
export async function shareApp({ name, env, port, logFile }) {
  const whole = { ...DEFAULTS, ...process.env, ...env, HTTP_PORT: String(port) };
  let adopted = (await supervision()).adopt(name, logFile);
  const url = `http://127.0.0.1:${port}`;
  return restartable(async (running) => {
    const server = adopted ? { ...adopted, url } : undefined;
    adopted = undefined;
    return server ?? app.launchApp({ supervisor: running, name, env: whole, logFile });
  });
}

/**
 * Stops a shared app if it runs.
 * @param {string} name
 * @param {string} logFile
 */
export async function stopSharedApp(name, logFile) {
  await (await supervision()).adopt(name, logFile)?.stop();
}

/**
 * Runs one of Kafka's command-line tools, by its class name. Rejects if it fails.
 * @param {{ tool: string, args: string[], logFile: string }} options
 * @returns its standard output, which includes logged errors
 */
export async function runKafkaTool(options) {
  return launchKafkaTool({ supervisor: await supervision(), ...options });
}

/**
 * Runs the built `orderstream` command line, which must succeed.
 * @param {{ args: string[], env: NodeJS.ProcessEnv, logFile: string, program?: string }} options
 * @returns its standard output
 */
export async function runCli({ env, ...options }) {
  const whole = { ...process.env, ...env };
  return app.launchCli({ supervisor: await supervision(), env: whole, capture: true, ...options });
}

/**
 * @template {Pick<import('./supervision/supervisor.mjs').Running, 'name' | 'pid' | 'stop'>} Server
 * @template {object} More
 * @param {(supervisor: Supervisor) => Promise<Server>} start on the same port and data each time
 * @param {More} [more] more properties of the result
 * @returns {Promise<EmbeddedProcess & Omit<Server, keyof EmbeddedProcess> & More>}
 */
async function restartable(start, more) {
  const running = await supervision();
  let server = await start(running);
  return {
    ...server,
    .../** @type {More} */ (more),
    get pid() {
      return server.pid;
    },
    stop: (signal) => server.stop(signal),
    kill9: () => server.stop('SIGKILL'),
    pause: () => signalGroup(server.pid, 'SIGSTOP'),
    resume: () => signalGroup(server.pid, 'SIGCONT'),
    async restart(signal) {
      await server.stop(signal);
      server = await start(running);
    },
  };
}
