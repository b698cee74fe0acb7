import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { privateFolder } from '../private-folder.mjs';
import { REGISTRY_FILES } from '../setup/distributions.mjs';
import { JAVA, LEAN_ENVIRONMENT } from '../setup/prerequisites.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { untilReady } from './readiness.mjs';

const READY_SECONDS = 90;

/**
 * Apicurio Registry, which keeps its schemas in a topic of the given Kafka.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory for what it writes in passing
 * @param {string} options.brokers
 * @param {number} options.port
 * @param {string} options.logFile
 */
export async function launchRegistry({ supervisor, directory, brokers, port, logFile }) {
  privateFolder(directory);
  const runner = join(REGISTRY_FILES.directory, `apicurio-registry-app-${REGISTRY_FILES.version}-runner.jar`);
  // It serves a few requests when an app starts, so a quick start and little memory matter more than speed.
  const jvm = [
    '-Xms24m',
    '-Xmx192m',
    '-XX:MinHeapFreeRatio=10',
    '-XX:MaxHeapFreeRatio=25',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    '-XX:+ExitOnOutOfMemoryError',
  ];
  // Another registry may have taken the port meanwhile, so check which one answers.
  const identity = randomUUID();
  const settings = {
    [`quarkus.http.header."${IDENTITY_HEADER}".value`]: identity,
    'java.io.tmpdir': directory,
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'apicurio.storage.kind': 'kafkasql',
    'apicurio.storage.snapshot.location': directory,
    'apicurio.kafkasql.bootstrap.servers': brokers,
    // The registry waits this long once at its start: the default of 5 s is half of the start.
    'apicurio.kafkasql.consumer.poll.timeout': 200,
    'apicurio.kafkasql.consumer.fetch.max.wait.ms': 5_000,
    'apicurio.kafkasql.consumer.auto.commit.interval.ms': 60_000,
    // By default, the broker would delete the schemas after a week.
    'apicurio.kafkasql.topic.retention.ms': -1,
  };
  const server = supervisor.launch({
    name: 'registry',
    command: JAVA,
    env: LEAN_ENVIRONMENT,
    args: [...jvm, ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`), '-jar', runner],
    cwd: directory,
    layer: LAYER.registry,
    logFile,
  });
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const answers = () => answersRegistry(url, identity);
  await untilReady(server, { port, answers, seconds: READY_SECONDS });
  return { ...server, url };
}

/** Enough for a busy machine; an address where nothing listens refuses at once. */
const ANSWER_MS = 10_000;
const IDENTITY_HEADER = 'X-Started-As';

/**
 * @param {string} url
 * @param {string} [identity] of the one that is asked for, if it may be no other
 * @returns {Promise<boolean>} whether a schema registry with Confluent's API is there, open to us or not
 */
export async function answersRegistry(url, identity) {
  const { origin, pathname } = new URL(url);
  const subjects = `${origin}${pathname.replace(/\/$/, '')}/subjects`;
  const { status, headers } = await fetch(subjects, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (identity !== undefined && headers.get(IDENTITY_HEADER) !== identity) return false;
  return [200, 401, 403].includes(status);
}
