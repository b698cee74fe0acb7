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
const REPORT_SIGNAL = 'SIGUSR2';

/**
 * @param {object} options
 * @param {import('./supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory
 * @param {string[]} options.args
 * @param {NodeJS.ProcessEnv} options.addresses of the servers
 */
export async function runJest({ supervisor, directory, args, addresses }) {
  const countsFile = join(directory, 'counts.json');
  const report = join(directory, 'jest-report.json');
  const { exited, pid } = supervisor.launch({
    name: 'jest',
    command: process.execPath,
    args: [...reportsTo(report), JEST, '--reporters=default', `--reporters=${REPORTER}`, ...args],
    cwd: ROOT,
    env: {
      ...process.env,
      ...addresses,
      // Jest's workers need ES modules, without a warning from each of them.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
      ORDERSTREAM_TEST: '1',
      ORDERSTREAM_TEST_DIRECTORY: directory,
      ORDERSTREAM_TEST_COUNTS: countsFile,
    },
  });
  const how = await Promise.race([exited, lingering(countsFile)]);
  if (!existsSync(countsFile)) throw new LaunchFailure(`Jest ended without results (${how}).`);
  if (how === LINGERS) {
    console.error(
      `Jest finished ${LINGER_SECONDS} s ago but its process still runs: a test leaves something open.`,
    );
    console.error(await whatIsOpen(pid, report));
  }
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

/**
 * Node options that make a process write a diagnostic report on a signal.
 * @param {string} file
 */
const reportsTo = (file) => [
  '--report-on-signal',
  `--report-signal=${REPORT_SIGNAL}`,
  `--report-filename=${file}`,
];

/**
 * The open handles that keep a process running.
 * @param {number} pid
 * @param {string} report
 */
async function whatIsOpen(pid, report) {
  process.kill(pid, REPORT_SIGNAL);
  await sleep(3_000);
  if (!existsSync(report)) return 'The process is too busy to report what it is.';
  /** @type {{ libuv: { is_active: boolean, is_referenced: boolean, type: string }[] }} */
  const { libuv } = JSON.parse(readFileSync(report, 'utf8'));
  const open = libuv.filter((handle) => handle.is_active && handle.is_referenced);
  return open.map((handle) => JSON.stringify(handle)).join('\n');
}
