import { mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A fresh log; the one before it is kept under another name.
 * @param {string} file
 * @returns {number} its descriptor
 */
export function openLog(file) {
  mkdirSync(dirname(file), { recursive: true });
  try {
    renameSync(file, `${file}.1`);
  } catch {
    // The first of its kind.
  }
  return openSync(file, 'a', 0o600);
}
