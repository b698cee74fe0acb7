import { PROGRAMS, ROOT } from '../places.mjs';
import { privateFolder } from '../private-folder.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { untilReady } from './readiness.mjs';

const ANSWER_MS = 5_000;

/**
 * The simulated payment gateway, which keeps its journal in the directory. Needs the build.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory
 * @param {number} options.port
 * @param {string} options.logFile
 */
export async function launchPaymentGateway({ supervisor, directory, port, logFile }) {
  privateFolder(directory);
  const url = `http://127.0.0.1:${port}`;
  const server = supervisor.launch({
    name: 'payment-gateway',
    command: process.execPath,
    args: ['--enable-source-maps', PROGRAMS.paymentGateway],
    cwd: ROOT,
    env: { ...process.env, PAYMENT_GATEWAY_URL: url, PAYMENT_GATEWAY_DIRECTORY: directory },
    layer: LAYER.storage,
    logFile,
  });
  const answers = async () =>
    (await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_MS) })).status === 200;
  await untilReady(server, { port, answers });
  return { ...server, url };
}
