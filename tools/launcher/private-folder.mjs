import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { PLACES } from './places.mjs';

/** What is written there by whoever inherits it from us. */
export const PRIVATE_UMASK = 0o077;

const OURS_ALONE = 0o700;
/** Others may pass through, and see nothing of what is in it. */
const TO_PASS_THROUGH = 0o711;

/**
 * A folder that no other user of the machine can look into, also if it was there before and open.
 * @param {string} path
 */
export function privateFolder(path) {
  mkdirSync(path, { recursive: true, mode: OURS_ALONE });
  chmodSync(path, OURS_ALONE);
}

/**
 * Lets another account come as far as to a folder below ours that belongs to it.
 * @param {string} path
 */
export function letPassTo(path) {
  for (let folder = dirname(path); folder.startsWith(PLACES.base); folder = dirname(folder))
    chmodSync(folder, TO_PASS_THROUGH);
}
