import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../places.mjs';
import { KAFKA } from '../setup/distributions.mjs';
import { JAVA } from '../setup/prerequisites.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { untilReady } from './readiness.mjs';

const CLASSPATH = join(KAFKA.directory, '*');
const LOGGING = `-Dlog4j2.configurationFile=${join(ROOT, 'tools/servers/log4j2.xml')}`;
const READY_SECONDS = 60;

/**
 * One broker that is its own controller. Like any Kafka it acknowledges before the disk has it: the page cache
 * survives the death of the process, not that of the machine.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory keeps the data between starts
 * @param {{ kafka: number, kafkaController: number }} options.ports
 * @param {string} options.logFile
 */
export async function startKafka({ supervisor, directory, ports, logFile }) {
  mkdirSync(directory, { recursive: true });
  const log = join(directory, 'log');
  const properties = join(directory, 'server.properties');
  writeFileSync(properties, serverProperties(log, ports));
  const program = { command: JAVA, cwd: directory };
  if (!existsSync(join(log, 'meta.properties'))) {
    const clusterId = randomBytes(16).toString('base64url');
    // One word, since an id may begin with a dash.
    const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', properties];
    const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const args = [...quick, '-cp', CLASSPATH, ...format];
    await supervisor.run({
      ...program,
      name: 'Formatting the Kafka storage',
      args,
      logFile: `${logFile}.format`,
    });
  }
  const heap = ['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError'];
  const server = supervisor.launch({
    ...program,
    name: 'kafka',
    layer: LAYER.storage,
    args: [...heap, LOGGING, '-cp', CLASSPATH, 'kafka.Kafka', properties],
    logFile,
    graceSeconds: 15,
  });
  await untilReady(server, () => answersKafka('127.0.0.1', ports.kafka), READY_SECONDS);
  return { ...server, brokers: `127.0.0.1:${ports.kafka}` };
}

/**
 * @param {string} log
 * @param {{ kafka: number, kafkaController: number }} ports
 */
function serverProperties(log, ports) {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.kafkaController}
listeners=CLIENTS://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.kafkaController}
advertised.listeners=CLIENTS://127.0.0.1:${ports.kafka}
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENTS
log.dirs=${log}
auto.create.topics.enable=false

# This is the database of record: nothing goes because of its age.
log.retention.ms=-1

# A single broker, quickly started.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# After a kill, the broker comes back only when its former session is over: 9 s by default.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500

# Little is compacted here, and the default takes 128 MB.
log.cleaner.dedupe.buffer.size=8388608
`;
}

const CORRELATION_ID = 7;
/** ApiVersions (18), version 0, without a client id: a request that every broker answers, before any log-in. */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, CORRELATION_ID, 0xff, 0xff]);
const ANSWER_MS = 2000;

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function answersKafka(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: ANSWER_MS }, () => socket.write(API_VERSIONS));
    const end = (/** @type {boolean} */ answered) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', (data) => end(data.length >= 8 && data.readInt32BE(4) === CORRELATION_ID));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(false));
  });
}
