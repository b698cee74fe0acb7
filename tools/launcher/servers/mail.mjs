import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { privateFolder } from '../private-folder.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { untilReady } from './readiness.mjs';

const PROGRAM = fileURLToPath(new URL('mail/mail-process.mjs', import.meta.url));
const ANSWER_MS = 5_000;

/**
 * The mail catcher: an SMTP server that keeps the newest mails as files.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory
 * @param {number} options.port
 * @param {string} options.logFile gets a line of JSON for each mail
 * @param {string} [options.faultsFile] see mail-process.mjs
 */
export async function launchMail({ supervisor, directory, port, logFile, faultsFile }) {
  privateFolder(directory);
  const server = supervisor.launch({
    name: 'mail',
    command: process.execPath,
    args: [PROGRAM, directory, String(port), ...(faultsFile ? [faultsFile] : [])],
    layer: LAYER.storage,
    logFile,
  });
  await untilReady(server, { port, answers: () => greets(port) });
  return { ...server, url: `smtp://127.0.0.1:${port}` };
}

/** @param {number} port */
const greets = (port) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port, timeout: ANSWER_MS });
    const end = (/** @type {() => void} */ settle) => {
      settle();
      socket.destroy();
    };
    socket.once('data', (greeting) => end(() => resolve(greeting.toString().startsWith('220 '))));
    socket.once('error', reject);
    socket.once('timeout', () => end(() => resolve(false)));
  });
