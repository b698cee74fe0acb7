import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { PLACES } from './places.mjs';

/** The umask of child processes that write there. */
export const PRIVATE_UMASK = 0o077;

const OURS_ALONE = 0o700;
/** Other users may pass through without seeing the contents. */
const TO_PASS_THROUGH = 0o711;

/**
 * Creates a folder that only this user can read, or closes an existing one to others.
 * @param {string} path
 */
export function privateFolder(path) {
  mkdirSync(path, { recursive: true, mode: OURS_ALONE });
  chmodSync(path, OURS_ALONE);
}

/**
 * Lets another account reach its own folder below ours.
 * @param {string} path
 */
export function letPassTo(path) {
  for (let folder = dirname(path); folder.startsWith(PLACES.base); folder = dirname(folder))
    chmodSync(folder, TO_PASS_THROUGH);
}
