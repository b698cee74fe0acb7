import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './process-identity.mjs';

/**
 * @typedef {object} Entry a process that was started as the leader of a group of its own
 * @property {string} name
 * @property {number} layer
 * @property {number} pid
 * @property {string | undefined} born
 * @property {NodeJS.Signals} stopSignal
 * @property {number} graceSeconds
 */

/** Layers depend on lower ones, so the highest stops first. Their grace periods add up to less than a minute. */
export const LAYER = { storage: 1, registry: 2, app: 3, task: 4 };

const POLL_MS = 30;
const SURELY_DEAD_MS = 3000;

/**
 * @param {Entry[]} entries
 * @param {AbortSignal} [hurry] aborted when grace is over for all
 */
export async function stopProcesses(entries, hurry) {
  const layers = [...new Set(entries.map(({ layer }) => layer))].toSorted((a, b) => b - a);
  for (const layer of layers) {
    await Promise.all(
      entries.filter((entry) => entry.layer === layer).map((entry) => stopProcess(entry, { hurry })),
    );
  }
}

/**
 * @param {Entry} entry
 * @param {{ signal?: NodeJS.Signals, hurry?: AbortSignal | undefined }} [how]
 */
export async function stopProcess(entry, { signal = entry.stopSignal, hurry } = {}) {
  if (!isAlive(entry)) return;
  signalGroup(entry.pid, signal);
  const deadline = Date.now() + entry.graceSeconds * 1000;
  while (isAlive(entry) && Date.now() < deadline && !hurry?.aborted) await sleep(POLL_MS);
  // A leader that ended in time may have left processes in its group.
  signalGroup(entry.pid, 'SIGKILL');
  const surely = Date.now() + SURELY_DEAD_MS;
  while (isAlive(entry) && Date.now() < surely) await sleep(POLL_MS);
}

/**
 * @param {number} leader
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // The group is gone. Some systems answer EPERM for ended processes that are not yet reaped.
    if (!['ESRCH', 'EPERM'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
  }
}
