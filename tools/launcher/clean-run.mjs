import { join } from 'node:path';
import { explain, LaunchFailure } from './failure.mjs';
import { PLACES } from './places.mjs';
import { Progress } from './progress.mjs';
import { bringUpServers, neededDistributions } from './servers/all-servers.mjs';
import { Ports } from './servers/ports.mjs';
import { checkMavenIfNeeded } from './setup/distributions.mjs';
import { checkJava } from './setup/prerequisites.mjs';
import { stopRequest } from './supervision/stop-request.mjs';
import { Supervisor } from './supervision/supervisor.mjs';

/** @typedef {{ supervisor: Supervisor, progress: Progress, directory: string }} CleanRun */

/**
 * Does the work of tests or a bench in a folder of its own, which goes when everything has stopped. A failure is explained
 * on standard error, and makes the exit code 1.
 * @param {string} name
 * @param {(run: CleanRun) => Promise<unknown>} work
 */
export async function cleanRun(name, work) {
  const progress = new Progress(process.stdout);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const directory = join(PLACES.base, `${name}-${process.pid}`);
  const supervisor = await Supervisor.claim(join(directory, 'processes.ndjson'), [directory]);
  try {
    const stopped = stopRequest(() => supervisor.hurry()).then((reason) => {
      throw new LaunchFailure(`Stopped before the end (${reason}).`);
    });
    await Promise.race([stopped, work({ supervisor, progress, directory })]);
  } catch (error) {
    progress.silence();
    // Now, while the logs are still there.
    console.error(explain(error));
    process.exitCode = 1;
  }
  await supervisor.stopAll();
}

/**
 * Starts servers without data.
 * @param {CleanRun} run
 * @param {Pick<import('./servers/all-servers.mjs').ServerPlan, 'packages' | 'built' | 'durable'>} plan
 * @returns their addresses
 */
export async function startCleanServers({ directory, ...run }, plan) {
  checkJava();
  checkMavenIfNeeded(neededDistributions({}));
  return bringUpServers({
    ...run,
    ...plan,
    given: {},
    data: join(directory, 'data'),
    logs: join(directory, 'logs'),
    ports: new Ports(),
    createsDatabases: true,
  });
}
