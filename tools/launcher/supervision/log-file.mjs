import { mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Opens a new log and keeps the previous one under another name, or continues the existing one.
 * @param {string} file
 * @param {{ goOn?: boolean }} [options]
 * @returns {number} its descriptor
 */
export function openLogFile(file, { goOn = false } = {}) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    if (!goOn) renameSync(file, `${file}.1`);
  } catch {
    // There is no previous log.
  }
  return openSync(file, 'a', 0o600);
}
