import { CERTIFIED, SecureSystem } from '../../systems/secure-system.js';
import { loadSecurely } from './secure-load.js';

const DAY_S = 86_400;
/** Of the run: so certificates are renewed in the middle, and the first ones have expired at the end. */
const CERTIFICATE_LIFE = 0.75;
/** Certificates are made while the system starts. */
const START_S = 60;
const MOST_SHOWN = 10;

/**
 * Loads `npm start -- --secure` while certificates are renewed and connections log in anew.
 * @returns whether nothing failed, nothing was refused, and both happened
 */
export async function runSecurely(
  seconds: number,
  clients: number,
  log: (line: string) => void,
): Promise<boolean> {
  log('npm start -- --secure, in a folder of its own');
  const system = await SecureSystem.start((CERTIFICATE_LIFE * seconds + START_S) / DAY_S);
  log(
    `${system.running.url} is loaded by ${clients} clients for ${seconds} s; logs: ${system.root}/.orderstream/logs`,
  );
  const before = system.logInsAnew();
  const result = await loadSecurely(system, { seconds, clients });
  const logInsAnew = system.logInsAnew() - before;
  const renewals = system.renewals();
  const denied = system.decisions().filter(({ answer }) => answer === 'Denied');
  log(`${result.commands} commands and ${result.queries} queries, the longest ${result.longestMs} ms`);
  log(`${logInsAnew} times a connection logged in anew, ${renewals.length} certificates were renewed`);
  log(
    `${result.failures.length} failed, ${result.undelivered.length} orders without a webhook, ${denied.length} rights denied`,
  );
  const wrong = [
    ...result.failures,
    ...result.undelivered.map((id) => `no webhook for ${id}`),
    ...denied.map((decision) => JSON.stringify(decision)),
    ...(logInsAnew === 0 ? ['no connection logged in anew'] : []),
    ...CERTIFIED.filter((server) => !renewals.includes(server)).map(
      (server) => `the certificate of ${server} was not renewed`,
    ),
  ];
  for (const line of wrong.slice(0, MOST_SHOWN)) log(`VIOLATION ${line}`);
  const { code, seconds: stopping } = await system.stop({ keepLogs: wrong.length > 0 });
  log(`stopped with ${code} after ${stopping.toFixed(1)} s`);
  return wrong.length === 0 && code === 0;
}
