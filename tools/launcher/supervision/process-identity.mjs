import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A pid is reused sooner or later, but not together with the same start time.
 * @typedef {{ pid: number, born: string | undefined }} Identity
 */

/**
 * @param {number} pid
 * @returns {Identity}
 */
export const identify = (pid) => ({ pid, born: birthOf(pid) });

/** @param {Identity} identity */
export const isAlive = ({ pid, born }) => born !== undefined && birthOf(pid) === born;

/**
 * The start time of a process as the system writes it; undefined after its end, even if it has not been reaped.
 * @param {number} pid
 */
function birthOf(pid) {
  if (process.platform !== 'linux') return birthByPs(pid);
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field, a name in parentheses, may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** @param {number} pid */
function birthByPs(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...start] = stdout.trim().split(/\s+/);
  return !state || state.startsWith('Z') ? undefined : start.join(' ');
}

/**
 * The command line of a process; empty if there is none.
 * @param {number} pid
 */
export function commandOf(pid) {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
