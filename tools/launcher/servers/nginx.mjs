import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../places.mjs';
import { privateFolder } from '../private-folder.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { listensOn } from '../supervision/listening.mjs';
import { installed } from './installed.mjs';
import { untilReady } from './readiness.mjs';

const GATEWAY = join(ROOT, 'tools/gateway');

/** @returns {string | undefined} the program, where it is installed */
export const nginx = () => installed('nginx');

/**
 * The gateway: nginx with the files of the project, in front of apps on this machine.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory
 * @param {string} options.logFile
 * @param {number} options.port
 * @param {Readonly<Record<string, readonly string[]>>} options.upstreams addresses of each app, as in `{ query_api: ['127.0.0.1:8081'] }`
 * @param {import('../secure/certificates.mjs').Certificate} options.certificate
 * @param {string} options.appsCaFile authority of the apps' certificates, which have the name `localhost`: nginx checks no
 * addresses
 */
export async function launchGateway({
  supervisor,
  directory,
  logFile,
  port,
  upstreams,
  certificate,
  appsCaFile,
}) {
  const program = nginx();
  if (!program) throw new Error('nginx is not installed');
  privateFolder(directory);
  writeFileSync(join(directory, 'cert.pem'), certificate.cert);
  writeFileSync(join(directory, 'key.pem'), certificate.key, { mode: 0o600 });
  const config = join(directory, 'nginx.conf');
  writeFileSync(config, configOf({ directory, port, upstreams, appsCaFile }));
  const server = supervisor.launch({
    name: 'gateway',
    command: program,
    args: ['-p', directory, '-c', config, '-e', 'stderr'],
    cwd: directory,
    layer: LAYER.app,
    logFile,
  });
  const answers = async () => listensOn(server.pid, port) !== false;
  await untilReady(server, { port, answers });
  return { ...server, url: `https://127.0.0.1:${port}` };
}

/** @param {{ directory: string, port: number, upstreams: Readonly<Record<string, readonly string[]>>, appsCaFile: string }} options */
const configOf = ({ directory, port, upstreams, appsCaFile }) => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr notice;
events { worker_connections 1024; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  include ${GATEWAY}/orderstream.conf;
  ${Object.entries(upstreams)
    .map(([app, addresses]) => upstreamOf(app, addresses))
    .join('\n  ')}
  map "" $orderstream_scheme { default https; }
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${directory}/cert.pem;
    ssl_certificate_key ${directory}/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate ${appsCaFile};
    proxy_ssl_name localhost;
    include ${GATEWAY}/routes.conf;
  }
}
`;

/**
 * As in tools/gateway/upstreams.conf, which has the names of the containers.
 * @param {string} app
 * @param {readonly string[]} addresses
 */
const upstreamOf = (app, addresses) =>
  `upstream ${app} { ${addresses.map((address) => `server ${address} max_fails=1 fail_timeout=2s;`).join(' ')} keepalive 64; keepalive_timeout 30s; }`;
