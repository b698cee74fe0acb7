import { spawnSync } from 'node:child_process';
import { LaunchFailure } from '../failure.mjs';

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
export function postgresAccount(binary, owner) {
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
