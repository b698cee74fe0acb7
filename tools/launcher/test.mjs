/** `npm test`: servers in a clean state, the build, then Jest with the arguments given; ends with one line of counts. */
import { join } from 'node:path';
import { explain, LaunchFailure } from './failure.mjs';
import { runJest } from './jest-run.mjs';
import { PLACES } from './places.mjs';
import { Progress } from './progress.mjs';
import { bringUpServers, neededDistributions } from './servers/all-servers.mjs';
import { freeServerPorts } from './servers/ports.mjs';
import { build } from './setup/build.mjs';
import { checkMavenIfNeeded } from './setup/distributions.mjs';
import { installPackages } from './setup/packages.mjs';
import { checkJava, checkNode } from './setup/prerequisites.mjs';
import { stopRequest } from './supervision/stop-request.mjs';
import { Supervisor } from './supervision/supervisor.mjs';

const TIERS_WITHOUT_SERVERS = ['unit', 'property'];
/** All but the disasters, which take minutes and are asked for by name. */
const USUAL_TIERS = [...TIERS_WITHOUT_SERVERS, 'int', 'e2e'];
const SELECT_TIERS = '--selectProjects';

const given = process.argv.slice(2);
const jestArguments = given.includes(SELECT_TIERS) ? given : [...given, SELECT_TIERS, ...USUAL_TIERS];
const progress = new Progress(process.stdout);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Printed if Jest ends before it has counted. */
let counts = '0 passed, 1 failed';
process.exitCode = 1;

const directory = join(PLACES.base, `test-${process.pid}`);
const supervisor = await Supervisor.claim(join(directory, 'processes.ndjson'), [directory]);
try {
  const stopped = stopRequest(() => supervisor.hurry()).then((reason) => {
    throw new LaunchFailure(`Stopped before the end (${reason}).`);
  });
  const result = await Promise.race([stopped, runTests(supervisor, directory)]);
  ({ counts } = result);
  if (result.success) process.exitCode = 0;
} catch (error) {
  progress.silence();
  // The logs are still there.
  console.error(explain(error));
}
await supervisor.stopAll();
console.log(counts);
process.exit();

/**
 * @param {Supervisor} supervisor
 * @param {string} directory
 */
async function runTests(supervisor, directory) {
  checkNode();
  const packages = installPackages(supervisor, progress);
  const [addresses] = await Promise.all([
    needServers(jestArguments) ? startServers(supervisor, directory, packages) : {},
    packages.then(() => build(supervisor, progress)),
  ]);
  // Crash tests stop their own servers. If one of these ends, that explains later failures.
  void supervisor.lost.then((failure) => console.error(explain(failure)));
  return runJest({ supervisor, directory, args: jestArguments, addresses });
}

/**
 * @param {Supervisor} supervisor
 * @param {string} directory
 * @param {Promise<void>} packages
 */
async function startServers(supervisor, directory, packages) {
  checkJava();
  checkMavenIfNeeded(neededDistributions({}));
  return bringUpServers({
    supervisor,
    progress,
    given: {},
    packages,
    data: join(directory, 'data'),
    logs: join(directory, 'logs'),
    ports: await freeServerPorts(),
    durable: false,
    createsDatabases: true,
  });
}

/**
 * Whether Jest is asked for any tier that needs servers, unlike `--selectProjects unit property`.
 * @param {string[]} args
 */
function needServers(args) {
  const start = args.indexOf(SELECT_TIERS) + 1;
  const end = args.findIndex((arg, index) => index >= start && arg.startsWith('-'));
  const tiers = args.slice(start, end === -1 ? undefined : end);
  return !tiers.every((tier) => TIERS_WITHOUT_SERVERS.includes(tier));
}
