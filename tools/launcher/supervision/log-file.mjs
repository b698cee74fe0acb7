import { mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A fresh log, while the one before it is kept under another name; or the one that there is, to go on with it.
 * @param {string} file
 * @param {{ goOn?: boolean }} [options]
 * @returns {number} its descriptor
 */
export function openLog(file, { goOn = false } = {}) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    if (!goOn) renameSync(file, `${file}.1`);
  } catch {
    // The first of its kind.
  }
  return openSync(file, 'a', 0o600);
}
