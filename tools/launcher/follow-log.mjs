import { openSync, readSync } from 'node:fs';

const POLL_MS = 200;

/**
 * Copies a log to standard output as it grows. The app writes to the file itself, so it does not depend on the launcher.
 * @param {string} file
 */
export function followLog(file) {
  const log = openSync(file, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  setInterval(() => {
    for (let length = readSync(log, buffer); length > 0; length = readSync(log, buffer)) {
      process.stdout.write(Buffer.from(buffer.subarray(0, length)));
    }
  }, POLL_MS).unref();
}
