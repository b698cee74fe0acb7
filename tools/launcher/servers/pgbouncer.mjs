import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateFolder } from '../private-folder.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { installed } from './installed.mjs';
import { rowsOf } from './postgres.mjs';
import { untilReady } from './readiness.mjs';

/** @returns {string | undefined} the program, where it is installed */
export const pgBouncer = () => installed('pgbouncer');

/**
 * PgBouncer in front of a Postgres, which gives each client a session of its own.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory
 * @param {string} options.logFile
 * @param {number} options.port
 * @param {string} options.url of the Postgres
 */
export async function launchPgBouncer({ supervisor, directory, logFile, port, url }) {
  const program = pgBouncer();
  if (!program) throw new Error('pgbouncer is not installed');
  privateFolder(directory);
  const config = join(directory, 'pgbouncer.ini');
  writeFileSync(config, configOf(new URL(url), port), { mode: 0o600 });
  const server = supervisor.launch({
    name: 'pgbouncer',
    command: program,
    // It refuses to run as root, and changes the user after it has read the file.
    args: [...(process.getuid?.() === 0 ? ['--user=nobody'] : []), config],
    cwd: directory,
    layer: LAYER.storage,
    logFile,
  });
  const ownUrl = new URL(url);
  ownUrl.port = String(port);
  const answers = async () => (await rowsOf(ownUrl.href, 'SELECT 1')) === 1;
  await untilReady(server, { port, answers });
  return { ...server, url: ownUrl.href };
}

/**
 * @param {URL} url
 * @param {number} port
 */
const configOf = ({ hostname, port: serverPort, username, password }, port) => `
[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = 50
`;
