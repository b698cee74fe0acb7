/**
 * Runs `npm ci` unless the installed packages match the lock file: the first step of CI. `--servers` downloads Kafka and
 * the registry, too, for programs that start servers themselves.
 */
import { join } from 'node:path';
import { explain } from './failure.mjs';
import { PLACES } from './places.mjs';
import { Progress } from './progress.mjs';
import { neededDistributions } from './servers/all-servers.mjs';
import { checkMavenIfNeeded, fetchDistribution } from './setup/distributions.mjs';
import { installPackages } from './setup/packages.mjs';
import { checkJava } from './setup/prerequisites.mjs';
import { Supervisor } from './supervision/supervisor.mjs';

const supervisor = await Supervisor.claim(join(PLACES.base, `install-${process.pid}.ndjson`), []);
const progress = new Progress(process.stdout);
try {
  await installPackages(supervisor, progress);
  if (process.argv.includes('--servers')) await fetchServers();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
} finally {
  await supervisor.stopAll();
}

async function fetchServers() {
  checkJava();
  const distributions = neededDistributions({});
  checkMavenIfNeeded(distributions);
  // One at a time, because Maven runs share a cache.
  for (const distribution of distributions) await fetchDistribution(distribution, supervisor, progress);
}
