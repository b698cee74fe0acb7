import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LaunchFailure } from './failure.mjs';
import { ROOT } from './places.mjs';

const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');
const REPORTER = fileURLToPath(new URL('count-reporter.mjs', import.meta.url));
const LINGER_SECONDS = 15;
const LINGERS = 'it lingers';

/**
 * @param {object} options
 * @param {import('./supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory
 * @param {string[]} options.args
 * @param {NodeJS.ProcessEnv} options.addresses of the servers
 */
export async function runJest({ supervisor, directory, args, addresses }) {
  const countsFile = join(directory, 'counts.json');
  const { exited } = supervisor.launch({
    name: 'jest',
    command: process.execPath,
    args: [JEST, '--reporters=default', `--reporters=${REPORTER}`, ...args],
    cwd: ROOT,
    env: {
      ...process.env,
      ...addresses,
      // Jest's workers need the first; nobody needs to read of it in each of them.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
      ORDERSTREAM_TEST: '1',
      ORDERSTREAM_TEST_DIRECTORY: directory,
      ORDERSTREAM_TEST_COUNTS: countsFile,
    },
  });
  const how = await Promise.race([exited, lingering(countsFile)]);
  if (!existsSync(countsFile)) throw new LaunchFailure(`Jest ended without results (${how}).`);
  if (how === LINGERS)
    console.error(`Jest was done ${LINGER_SECONDS} s ago and has not ended: a test leaves something open.`);
  /** @type {import('./count-reporter.mjs').Counts} */
  const { passed, failed, skipped } = JSON.parse(readFileSync(countsFile, 'utf8'));
  return {
    counts: `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    success: how === 'exit code 0' && failed === 0 && passed > 0,
  };
}

/** @param {string} countsFile */
async function lingering(countsFile) {
  while (!existsSync(countsFile)) await sleep(500);
  await sleep(LINGER_SECONDS * 1000);
  return LINGERS;
}
