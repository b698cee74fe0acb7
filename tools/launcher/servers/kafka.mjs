import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../places.mjs';
import { privateFolder } from '../private-folder.mjs';
import {
  certificatePaths,
  scramArguments,
  securityOptions,
  securityProperties,
  writeCertificates,
} from '../secure/kafka-security.mjs';
import { KAFKA_FILES, kafkaFiles } from '../setup/distributions.mjs';
import { JAVA, LEAN_ENVIRONMENT } from '../setup/prerequisites.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { clusterIdAt } from './kafka-answers.mjs';
import { kafkaProperties } from './kafka-properties.mjs';
import { freePort } from './ports.mjs';
import { untilReady } from './readiness.mjs';

const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** Some 55 MB live in the heap. The ratios give back what a load has taken, and keep the heap close to what it holds. */
const LEAN_BROKER = [
  '-Xms32m',
  '-Xmx384m',
  '-XX:NewSize=16m',
  '-XX:MaxNewSize=48m',
  '-XX:MinHeapFreeRatio=10',
  '-XX:MaxHeapFreeRatio=25',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
];
const LOGGING = `-Dlog4j2.configurationFile=${join(ROOT, 'tools/servers/log4j2.xml')}`;

/**
 * @typedef {import('./kafka-properties.mjs').KafkaNode} KafkaNode
 *
 * @typedef {object} KafkaOptions
 * @property {import('../supervision/supervisor.mjs').Supervisor} supervisor
 * @property {string} directory keeps the data between starts
 * @property {string} logFile
 * @property {Record<string, string | number>} [settings] of the broker, in place of ours
 * @property {import('../secure/kafka-security.mjs').KafkaSecurity} [security] default: anybody on this machine may do everything
 * @property {string} [version] of Kafka, which must have been fetched. Default: the one that the POM names
 * @property {boolean} [brief] it runs for minutes, as in tests: too short for the optimizing compiler to pay off
 */

/**
 * One broker that is its own controller. Like any Kafka, it acknowledges before the disk has the data: the page cache
 * survives the end of the process, but not of the machine.
 * @param {KafkaOptions & { clients: number, controller: number, brokers?: number }} options with the ports for each; brokers
 * have one of their own where clients must log in
 */
export async function launchKafka({ clients, controller, brokers, ...options }) {
  const node = { id: 1, clients, controller, ...(brokers && { brokers }) };
  const running = await startKafkaNode({ ...options, name: 'kafka', node, nodes: [node] });
  return { ...running, brokers: `127.0.0.1:${clients}` };
}

/**
 * @param {number} count
 * @param {readonly number[]} [advertisedPorts]
 * @returns {Promise<KafkaNode[]>}
 */
export async function planNodes(count, advertisedPorts = []) {
  const ports = await Promise.all(Array.from({ length: 3 * count }, freePort));
  return Array.from({ length: count }, (_, index) => {
    const [clients = 0, brokers = 0, controller = 0] = ports.slice(3 * index);
    return { id: index + 1, clients, brokers, controller, advertised: advertisedPorts[index] ?? clients };
  });
}

/**
 * Gives for each broker of a cluster a function that starts it, on the same ports and data each time. The first start
 * must be a joint one: no broker is ready before a majority runs.
 * @param {KafkaOptions & { nodes: readonly KafkaNode[] }} options
 * `directory` is empty, or a copy of that of another cluster with as many nodes
 */
export function nodeStarter({ directory, ...options }) {
  const clusterId = newClusterId();
  return (/** @type {KafkaNode} */ node) => () => {
    const name = `kafka-${node.id}`;
    const place = join(directory, name);
    return startKafkaNode({ ...options, name, directory: place, logFile: `${place}.log`, node, clusterId });
  };
}

const newClusterId = () => randomBytes(16).toString('base64url');

/**
 * @param {KafkaOptions & { name: string, node: KafkaNode, nodes: readonly KafkaNode[], clusterId?: string }} options
 * `nodes` are all nodes of the cluster. All must start with the same cluster id
 */
async function startKafkaNode(options) {
  const {
    supervisor,
    name,
    directory,
    logFile,
    node,
    nodes,
    settings,
    security,
    version,
    brief,
    clusterId = newClusterId(),
  } = options;
  const classpath = classpathOf(kafkaFiles(version));
  privateFolder(directory);
  const log = join(directory, 'log');
  const properties = join(directory, 'server.properties');
  if (security) await writeCertificates(directory, security);
  const secure = security ? securityProperties(directory, security) : {};
  const lines = kafkaProperties({ log, node, nodes, security: secure, settings });
  writeFileSync(properties, lines, { mode: 0o600 });
  const program = { command: JAVA, cwd: directory };
  if (!existsSync(join(log, 'meta.properties'))) {
    // A single argument, because an id may begin with a dash.
    const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', properties];
    if (security) format.push(...scramArguments(security));
    const args = [...QUICK_START, '-cp', classpath, ...format];
    await supervisor.run({
      ...program,
      name: 'Formatting the Kafka storage',
      args,
      logFile: `${logFile}.format`,
    });
  }
  const speed = brief ? QUICK_START : ['-XX:+UseSerialGC'];
  const server = supervisor.launch({
    ...program,
    name,
    layer: LAYER.storage,
    env: LEAN_ENVIRONMENT,
    args: [
      ...LEAN_BROKER,
      ...speed,
      ...securityOptions(security),
      LOGGING,
      '-cp',
      classpath,
      'kafka.Kafka',
      properties,
    ],
    logFile,
    graceSeconds: 15,
  });
  // Another broker may have taken the port meanwhile, so ask for the cluster id.
  const own = formattedId(log);
  const probe = security
    ? { port: node.brokers ?? 0, certificates: ownCertificates(directory) }
    : { port: node.clients };
  const answers = async () => (await clusterIdAt('127.0.0.1', probe.port, probe.certificates)) === own;
  await untilReady(server, { port: node.clients, answers });
  return server;
}

/** @param {string} directory */
function ownCertificates(directory) {
  const { authority, broker } = certificatePaths(directory);
  const own = readFileSync(broker);
  return { ca: readFileSync(authority), cert: own, key: own };
}

/** @param {import('../setup/distributions.mjs').Distribution} files */
const classpathOf = ({ directory }) => join(directory, '*');

/** @param {string} log */
const formattedId = (log) =>
  /^cluster\.id=(.+)$/m.exec(readFileSync(join(log, 'meta.properties'), 'utf8'))?.[1];

/**
 * Runs one of Kafka's command-line tools. Rejects if it fails.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.tool name of its class
 * @param {string[]} options.args
 * @param {string} options.logFile for what it writes to its standard error
 * @returns {Promise<string>} its standard output
 */
export function launchKafkaTool({ supervisor, tool, args, logFile }) {
  const jvm = ['-Xmx256m', ...QUICK_START, '-cp', classpathOf(KAFKA_FILES)];
  const program = { name: tool, command: JAVA, args: [...jvm, tool, ...args], logFile };
  return supervisor.run(program, { capture: true });
}
