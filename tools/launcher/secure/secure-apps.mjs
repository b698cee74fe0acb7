import { launchApp } from '../app.mjs';
import { programOf } from '../places.mjs';
import { launchFront } from './front.mjs';
import { logInSettings } from './log-in.mjs';

/** Each app with the principal that it is at the brokers; the console does not ask them. @satisfies {Record<string, import('./rights.mjs').Principal | undefined>} */
const PRINCIPAL_OF = /** @type {const} */ ({
  'command-api': 'command-api',
  'query-api': 'query-api',
  'operations-api': 'operations-api',
  'webhook-api': 'webhook-api',
  'webhook-dispatcher': 'webhook-dispatcher',
  projector: 'projector',
  'process-manager': 'process-manager',
  console: undefined,
});

export const SECURE_APPS = Object.keys(PRINCIPAL_OF);

/**
 * Runs every app by itself, each with the rights that it needs, and one address in front of them.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {NodeJS.ProcessEnv} options.env with the addresses of the servers
 * @param {import('./security.mjs').Security} options.security
 * @param {import('../servers/ports.mjs').Ports} options.ports
 * @param {(name: string) => string} options.log
 * @param {import('../servers/all-servers.mjs').Keep} options.keep
 */
export async function launchSecureApps({ supervisor, env, security, ports, log, keep }) {
  const port = await ports.choose('http');
  const url = `https://127.0.0.1:${port}`;
  const common = {
    ...env,
    HTTP_HOST: '127.0.0.1',
    HTTP_TRUSTED_PROXIES: '127.0.0.1',
    PUBLIC_URL: env.PUBLIC_URL ?? url,
  };
  const launched = Object.entries(PRINCIPAL_OF).map(async ([name, principal]) => {
    const { file, caFile } = await security.certificates.of(name);
    const own = {
      ...common,
      // The app reads it anew by itself.
      HTTP_TLS_CERT_FILE: file,
      HTTP_TLS_KEY_FILE: file,
      HTTP_TLS_CA_FILE: caFile,
      ...(principal && { KAFKA_CLIENT_ID: name, ...logInSettings(security, principal) }),
    };
    const app = await keep(
      name,
      ports.starter([name], (httpPort) =>
        launchApp({
          supervisor,
          name,
          program: programOf(name),
          env: { ...own, HTTP_PORT: String(httpPort) },
          logFile: log(name),
        }),
      ),
    );
    return /** @type {const} */ ([name, app.url]);
  });
  const apps = Object.fromEntries(await Promise.all(launched));
  const certificate = await security.certificates.of('front');
  await keep('front', () => launchFront({ supervisor, logFile: log('front'), port, certificate, apps }));
  return { url, names: SECURE_APPS };
}
