import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { writeSecret } from '../running-file.mjs';
import { privateFolder } from '../private-folder.mjs';
import { REGISTRY_FILES } from '../setup/distributions.mjs';
import { JAVA, LEAN_ENVIRONMENT } from '../setup/prerequisites.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { askHttp } from './http-answers.mjs';
import { untilReady } from './readiness.mjs';

/** Of its consumer groups, each of which has a name of its own. */
const GROUP_PREFIX = 'registry-';
/** The shortest that it takes. */
const RELOAD_PERIOD = '30s';

/**
 * @typedef {object} RegistrySecurity
 * @property {import('../secure/server-certificates.mjs').ServerCertificate} certificate
 * @property {string} username at the brokers, by SCRAM-SHA-512
 * @property {string} password
 */

/**
 * Apicurio Registry, which keeps its schemas in a topic of the given Kafka.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory for what it writes in passing
 * @param {string} options.brokers
 * @param {number} options.port
 * @param {string} options.logFile
 * @param {RegistrySecurity} [options.security]
 */
export async function launchRegistry({ supervisor, directory, brokers, port, logFile, security }) {
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
    'quarkus.http.host': '127.0.0.1',
    'apicurio.storage.kind': 'kafkasql',
    'apicurio.storage.snapshot.location': directory,
    'apicurio.kafkasql.bootstrap.servers': brokers,
    // The registry waits this long once at its start: the default of 5 s is half of the start.
    'apicurio.kafkasql.consumer.poll.timeout': 200,
    'apicurio.kafkasql.consumer.fetch.max.wait.ms': 5_000,
    'apicurio.kafkasql.consumer.auto.commit.interval.ms': 60_000,
    // By default, the broker would delete the schemas after a week.
    'apicurio.kafkasql.topic.retention.ms': -1,
    // It would have a line for each request.
    'quarkus.http.access-log.enabled': false,
    ...(security ? secureSettings(security, port) : { 'quarkus.http.port': port }),
  };
  // Others may see arguments of a process.
  const file = join(directory, 'application.properties');
  writeSecret(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const server = supervisor.launch({
    name: 'registry',
    command: JAVA,
    env: LEAN_ENVIRONMENT,
    args: [...jvm, `-Djava.io.tmpdir=${directory}`, `-Dquarkus.config.locations=${file}`, '-jar', runner],
    cwd: directory,
    layer: LAYER.registry,
    logFile,
  });
  const url = `${security ? 'https' : 'http'}://127.0.0.1:${port}/apis/ccompat/v7`;
  const answers = () => answersRegistry(url, { identity, caFile: security?.certificate.caFile });
  await untilReady(server, { port, answers });
  return { ...server, url };
}

/**
 * @param {RegistrySecurity} security
 * @param {number} port
 */
const secureSettings = ({ certificate, username, password }, port) => ({
  'quarkus.http.insecure-requests': 'disabled',
  'quarkus.http.ssl-port': port,
  'quarkus.http.ssl.certificate.files': certificate.file,
  'quarkus.http.ssl.certificate.key-files': certificate.file,
  'quarkus.http.ssl.certificate.reload-period': RELOAD_PERIOD,
  'apicurio.kafkasql.consumer.group-prefix': GROUP_PREFIX,
  'apicurio.kafka.common.security.protocol': 'SASL_SSL',
  'apicurio.kafka.common.ssl.truststore.type': 'PEM',
  'apicurio.kafka.common.ssl.truststore.location': certificate.caFile,
  'apicurio.kafka.common.sasl.mechanism': 'SCRAM-SHA-512',
  'apicurio.kafka.common.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${username}" password="${password}";`,
});

/** Enough for a busy machine; an address where nothing listens refuses at once. */
const ANSWER_MS = 10_000;
const IDENTITY_HEADER = 'x-started-as';

/**
 * @param {string} url
 * @param {{ identity?: string, caFile?: string | undefined }} [options] the identity of the one that is asked for, if it may
 * be no other; the authority of its certificate
 * @returns {Promise<boolean>} whether a schema registry with Confluent's API is there, open to us or not
 */
export async function answersRegistry(url, { identity, caFile } = {}) {
  const { origin, pathname } = new URL(url);
  const subjects = `${origin}${pathname.replace(/\/$/, '')}/subjects`;
  const { status, headers } = await askHttp(subjects, { caFile, timeoutMs: ANSWER_MS });
  if (identity !== undefined && headers[IDENTITY_HEADER] !== identity) return false;
  return [200, 401, 403].includes(status ?? 0);
}
