import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './process-identity.mjs';
import { stopProcesses } from './stopping.mjs';

/**
 * Lists the processes that a run has started, one JSON line each, after a first line for the run's owner. The file locks
 * its folder, and tells the watchdog or the next run what a killed owner left behind.
 * @typedef {import('./process-identity.mjs').Identity} Identity
 * @typedef {import('./stopping.mjs').Entry} Entry
 *
 * @typedef {object} Ledger
 * @property {Identity} [owner]
 * @property {Identity} [watchdog]
 * @property {Entry[]} entries
 */

const POLL_MS = 100;

export class FolderInUse extends Error {
  /** @param {number} pid */
  constructor(pid) {
    super(`Process ${pid} uses this folder.`);
    this.pid = pid;
  }
}

/**
 * Makes this process the owner after cleaning up behind a killed owner.
 * @param {string} file
 * @param {string[]} leftovers as for `closeLedger`
 */
export async function claimLedger(file, leftovers) {
  while (!created(file)) {
    const { owner, watchdog, entries } = readLedger(file);
    if (owner && isAlive(owner)) throw new FolderInUse(owner.pid);
    if (watchdog && isAlive(watchdog)) {
      await sleep(POLL_MS);
    } else {
      await stopProcesses(entries);
      closeLedger(file, leftovers);
    }
  }
}

/**
 * @param {string} file
 * @param {string[]} leftovers files and folders that make no sense without the run
 */
export function closeLedger(file, leftovers) {
  for (const path of [...leftovers, file]) rmSync(path, { recursive: true, force: true });
}

/** @param {string} file */
function created(file) {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, `${JSON.stringify(identify(process.pid))}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Synchronous, so that from here on not even a kill -9 of the owner leaves the process behind.
 * @param {string} file
 * @param {Entry} entry
 */
export const recordProcess = (file, entry) => append(file, entry);

/**
 * @param {string} file
 * @param {Identity} watchdog
 */
export const recordWatchdog = (file, watchdog) => append(file, { watchdog });

/**
 * @param {string} file
 * @param {object} line
 */
const append = (file, line) => appendFileSync(file, `${JSON.stringify(line)}\n`);

/**
 * @param {string | number} file its path, or a descriptor, which is read once
 * @returns {Ledger}
 */
export function readLedger(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { entries: [] };
  }
  // An incomplete last line was being written when the machine went down, with all its processes.
  const [owner, ...lines] = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return {
    owner,
    watchdog: lines.findLast((line) => line.watchdog)?.watchdog,
    entries: lines.filter((line) => !line.watchdog),
  };
}
