/**
 * Starts servers and apps for tests, benches and integrity runs. Code outside tools/launcher imports only this module.
 * Nothing started here outlives this process: the ledger of an `npm test` run, or a watchdog of its own, ensures that.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as app from './app.mjs';
import { launchKafka, launchKafkaTool } from './servers/kafka.mjs';
import { nodeStarters, planNodes } from './servers/kafka-cluster.mjs';
import { pgBouncer, launchPgBouncer } from './servers/pgbouncer.mjs';
import { freePort } from './servers/ports.mjs';
import { launchPostgres } from './servers/postgres.mjs';
import { launchRegistry } from './servers/registry.mjs';
import { signalGroup } from './supervision/stopping.mjs';
import { Supervisor } from './supervision/supervisor.mjs';

export { freePort, pgBouncer };

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

/** @param {{ directory: string, port?: number, settings?: Record<string, string | number> }} options */
export async function startKafka({ directory, port, settings }) {
  const ports = { kafka: port ?? (await freePort()), kafkaController: await freePort() };
  const running = await supervision();
  const options = {
    supervisor: running,
    directory,
    ports,
    settings,
    brief: isTest,
    logFile: `${directory}.log`,
  };
  return restartable(() => launchKafka(options));
}

/**
 * @param {object} options
 * @param {string} options.directory
 * @param {number} options.brokers
 * @param {readonly number[]} [options.advertisedPorts]
 * @param {Record<string, string | number>} [options.settings]
 */
export async function startKafkaCluster({ directory, brokers, advertisedPorts, settings }) {
  const plan = await planNodes(brokers, advertisedPorts);
  const starters = nodeStarters({
    supervisor: await supervision(),
    directory,
    nodes: plan,
    settings,
    brief: isTest,
  });
  const nodes = await Promise.all(
    starters.map((start, index) => restartable(start, { id: plan[index]?.id, port: plan[index]?.clients })),
  );
  const addresses = (/** @type {(node: (typeof plan)[number]) => number} */ portOf) =>
    plan.map((node) => `127.0.0.1:${portOf(node)}`).join();
  return {
    brokers: addresses((node) => node.advertised),
    directBrokers: addresses((node) => node.brokers),
    nodes,
    stop: async (/** @type {NodeJS.Signals | undefined} */ signal) => {
      await Promise.all(nodes.map((node) => node.stop(signal)));
    },
  };
}

/** @param {{ directory: string, brokers: string, port?: number }} options */
export async function startRegistry({ directory, brokers, port }) {
  const options = { directory, brokers, port: port ?? (await freePort()), logFile: `${directory}.log` };
  const running = await supervision();
  return restartable(() => launchRegistry({ supervisor: running, ...options }));
}

/** @param {{ directory: string, port?: number, durable?: boolean }} options */
export async function startPostgres({ directory, port, durable = false }) {
  const options = { directory, port: port ?? (await freePort()), durable, logFile: `${directory}.log` };
  const running = await supervision();
  return restartable(() => launchPostgres({ supervisor: running, ...options }));
}

/** @param {{ directory: string, url: string, mode: 'session' | 'transaction' }} options */
export async function startPgBouncer(options) {
  const port = await freePort();
  const running = await supervision();
  const logFile = `${options.directory}.log`;
  return restartable(() => launchPgBouncer({ supervisor: running, port, logFile, ...options }));
}

/** @param {{ env: NodeJS.ProcessEnv, logFile: string, port?: number, program?: string }} options */
export async function startApp({ env, port, ...options }) {
  const whole = { ...process.env, ...env, HTTP_PORT: String(port ?? (await freePort())) };
  const running = await supervision();
  return restartable(() => app.launchApp({ supervisor: running, env: whole, ...options }));
}

/**
 * An app that outlives the process that started it, until the test run ends. The next call with the same name returns the
 * running app, and starts one only if there is none.
 * @param {{ name: string, env: NodeJS.ProcessEnv, logFile: string, port: number }} options
 */
export async function shareApp({ name, env, port, logFile }) {
  const whole = { ...process.env, ...env, HTTP_PORT: String(port) };
  const running = await supervision();
  const start = () => app.launchApp({ supervisor: running, name, env: whole, logFile });
  let adopted = running.adopt(name, logFile);
  const url = `http://127.0.0.1:${port}`;
  return restartable(async () => {
    const server = adopted ? { ...adopted, url } : await start();
    adopted = undefined;
    return server;
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

/** @param {{ tool: string, args: string[], logFile: string }} options */
export async function runKafkaTool(options) {
  return launchKafkaTool({ supervisor: await supervision(), ...options });
}

/** @param {{ args: string[], env: NodeJS.ProcessEnv, logFile: string }} options */
export async function runCli({ args, env, logFile }) {
  const whole = { ...process.env, ...env };
  return app.launchCli({ supervisor: await supervision(), args, env: whole, logFile, capture: true });
}

/**
 * @template {Pick<import('./supervision/supervisor.mjs').Running, 'pid' | 'stop'>} Server
 * @template {object} More
 * @param {() => Promise<Server>} start on the same port and data each time
 * @param {More} [more] more properties of the result
 */
async function restartable(start, more) {
  let server = await start();
  return {
    ...server,
    ...more,
    get pid() {
      return server.pid;
    },
    stop: (/** @type {NodeJS.Signals | undefined} */ signal) => server.stop(signal),
    kill9: () => server.stop('SIGKILL'),
    pause: () => signalGroup(server.pid, 'SIGSTOP'),
    resume: () => signalGroup(server.pid, 'SIGCONT'),
    async restart(/** @type {NodeJS.Signals | undefined} */ signal) {
      await server.stop(signal);
      server = await start();
    },
  };
}
