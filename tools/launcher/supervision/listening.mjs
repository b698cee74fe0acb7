import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

/**
 * Tells a server of our own from a stranger's on the same port.
 * @param {number} pid
 * @param {number} port
 * @returns {boolean | undefined} whether the process listens on the port, at any address; undefined where the system
 * does not tell
 */
export function listensOn(pid, port) {
  if (process.platform !== 'linux') return listensByLsof(pid, port);
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return false;
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((descriptor) => sockets.has(targetOf(`${folder}/${descriptor}`)));
  } catch (error) {
    // The descriptors of a process under another account may be hidden.
    return codeOf(error) === 'EACCES' ? undefined : false;
  }
}

/**
 * @param {string} table
 * @param {number} port
 * @returns {string[]} as the links of descriptors name them
 */
function listeningSockets(table, port) {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let text;
  try {
    text = readFileSync(`/proc/net/${table}`, 'utf8');
  } catch {
    // A system without IPv6 has no second table.
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTEN && local?.endsWith(suffix) ? [`socket:[${inode}]`] : [];
  });
}

/** @param {string} link */
function targetOf(link) {
  try {
    return readlinkSync(link);
  } catch (error) {
    // Closed since the folder was read.
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** @param {unknown} error */
const codeOf = (error) => /** @type {NodeJS.ErrnoException} */ (error).code;

/**
 * @param {number} pid
 * @param {number} port
 */
function listensByLsof(pid, port) {
  const filters = ['-a', '-p', String(pid), `-iTCP:${port}`, '-sTCP:LISTEN'];
  const { error, stdout } = spawnSync('lsof', ['-nP', '-t', ...filters], { encoding: 'utf8' });
  return error ? undefined : stdout.trim() !== '';
}
