/** `npm test`: servers in a clean state, the build, then Jest with the arguments given; ends with one line of counts. */
import { cleanRun, startCleanServers } from './clean-run.mjs';
import { explain } from './failure.mjs';
import { runJest } from './jest-run.mjs';
import { build } from './setup/build.mjs';
import { installPackages } from './setup/packages.mjs';
import { checkNode } from './setup/prerequisites.mjs';

const TIERS_WITHOUT_SERVERS = ['unit', 'property'];
/** All but the slow ones, which take minutes and are asked for by name. */
const USUAL_TIERS = [...TIERS_WITHOUT_SERVERS, 'int', 'e2e'];
const SELECT_TIERS = '--selectProjects';

const given = process.argv.slice(2);
const jestArguments = given.includes(SELECT_TIERS) ? given : [...given, SELECT_TIERS, ...USUAL_TIERS];

/** Printed if Jest ends before it has counted. */
let counts = '0 passed, 1 failed';
process.exitCode = 1;

await cleanRun('test', async (run) => {
  checkNode();
  const { supervisor, progress, directory } = run;
  const packages = installPackages(supervisor, progress);
  const built = packages.then(() => build(supervisor, progress));
  const [addresses] = await Promise.all([
    needServers(jestArguments) ? startCleanServers(run, { packages, built, durable: false }) : {},
    built,
  ]);
  // Crash tests stop their own servers. If one of these ends, that explains later failures.
  void supervisor.lost.then((failure) => console.error(explain(failure)));
  const result = await runJest({ supervisor, directory, args: jestArguments, addresses });
  ({ counts } = result);
  if (result.success) process.exitCode = 0;
});
console.log(counts);
process.exit();

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
