import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PLACES, ROOT } from '../places.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { freePort } from './ports.mjs';
import { untilReady } from './readiness.mjs';

const VERSION = 'v0.203.0';
const DIRECTORY = join(PLACES.servers, `stripe-mock-${VERSION}`);
const ANSWER_MS = 5_000;

/** Whether stripe-mock is there, or can be built. */
export const canRunStripeMock = () =>
  existsSync(DIRECTORY) || spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;

/**
 * Stripe's own mock, which checks requests against the description of Stripe's API and remembers nothing. Go builds it
 * once.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.logFile
 */
export async function launchStripeMock({ supervisor, logFile }) {
  if (!existsSync(DIRECTORY)) await buildStripeMock(supervisor, logFile);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const server = supervisor.launch({
    name: 'stripe-mock',
    command: join(DIRECTORY, 'stripe-mock'),
    // Without an address for TLS it takes a fixed port.
    args: ['-http-addr', `127.0.0.1:${port}`, '-https-addr', `127.0.0.1:${tlsPort}`],
    cwd: ROOT,
    layer: LAYER.storage,
    logFile,
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = async () =>
    (await fetch(`${url}/v1/charges`, { signal: AbortSignal.timeout(ANSWER_MS) })).status === 401;
  await untilReady(server, { port, answers });
  return { ...server, url };
}

/**
 * @param {import('../supervision/supervisor.mjs').Supervisor} supervisor
 * @param {string} logFile
 */
async function buildStripeMock(supervisor, logFile) {
  const partial = `${DIRECTORY}.${process.pid}`;
  await supervisor.run({
    name: 'Building stripe-mock',
    command: 'go',
    args: ['install', `github.com/stripe/stripe-mock@${VERSION}`],
    cwd: ROOT,
    env: { ...process.env, GOBIN: partial },
    logFile,
  });
  if (existsSync(DIRECTORY)) rmSync(partial, { recursive: true });
  else renameSync(partial, DIRECTORY);
}
