import { fileURLToPath } from 'node:url';
import { ROOT } from '../places.mjs';
import { askHttp } from '../servers/http-answers.mjs';
import { untilReady } from '../servers/readiness.mjs';
import { LAYER } from '../supervision/stopping.mjs';

const PROGRAM = fileURLToPath(new URL('front-process.mjs', import.meta.url));

/**
 * The one address of apps that run apart: see front-server.mjs. It reads its certificate anew by itself.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.logFile
 * @param {number} options.port
 * @param {import('./server-certificates.mjs').ServerCertificate} options.certificate
 * @param {Readonly<Record<string, string>>} options.apps their addresses by their names
 */
export async function launchFront({ supervisor, logFile, port, certificate, apps }) {
  const { file: certificateFile, caFile } = certificate;
  const server = supervisor.launch({
    name: 'front',
    command: process.execPath,
    args: [PROGRAM, JSON.stringify({ port, certificateFile, caFile, apps })],
    cwd: ROOT,
    layer: LAYER.app,
    logFile,
  });
  const url = `https://127.0.0.1:${port}`;
  const answers = async () => (await askHttp(`${url}/health`, { caFile })).status === 404;
  await untilReady(server, { port, answers });
  return { ...server, url };
}
