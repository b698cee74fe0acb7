/** `npm run bench <name>`: servers in a clean state, the build, then the bench with the arguments given. */
import { register } from 'node:module';
import { join } from 'node:path';
import { explain, LaunchFailure } from '../../tools/launcher/failure.mjs';
import { PLACES } from '../../tools/launcher/places.mjs';
import { Progress } from '../../tools/launcher/progress.mjs';
import { bringUpServers, neededDistributions } from '../../tools/launcher/servers/all-servers.mjs';
import { freeServerPorts } from '../../tools/launcher/servers/ports.mjs';
import { build } from '../../tools/launcher/setup/build.mjs';
import { checkMavenIfNeeded } from '../../tools/launcher/setup/distributions.mjs';
import { installPackages } from '../../tools/launcher/setup/packages.mjs';
import { checkJava, checkNode } from '../../tools/launcher/setup/prerequisites.mjs';
import { stopRequest } from '../../tools/launcher/supervision/stop-request.mjs';
import { Supervisor } from '../../tools/launcher/supervision/supervisor.mjs';

/** Each is a folder with `parseOptions(args)` in its `options.ts` and `play(options, place)` in its `play.ts`. */
const BENCHES = ['ingest', 'project', 'webhooks'];

const [name, ...args] = process.argv.slice(2);
if (!BENCHES.includes(name)) {
  console.error(`npm run bench ${BENCHES.join('|')} -- --help`);
  process.exit(1);
}

const progress = new Progress(process.stdout);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const directory = join(PLACES.base, `bench-${process.pid}`);
const supervisor = await Supervisor.claim(join(directory, 'processes.ndjson'), [directory]);
// Processes of the embedded servers are in the same ledger, and stop with the rest.
process.env.ORDERSTREAM_TEST_DIRECTORY = directory;
try {
  const stopped = stopRequest(() => supervisor.hurry()).then((reason) => {
    throw new LaunchFailure(`Stopped before the end (${reason}).`);
  });
  const lost = supervisor.lost.then((failure) => Promise.reject(failure));
  await Promise.race([stopped, lost, runBench()]);
} catch (error) {
  progress.silence();
  // Now, while the logs are still there.
  console.error(explain(error));
  process.exitCode = 1;
}
await supervisor.stopAll();
process.exit();

async function runBench() {
  checkNode();
  const packages = installPackages(supervisor, progress);
  // The bench is TypeScript, and the compiler that strips it is a package.
  await packages;
  register('./typescript/hooks.mjs', import.meta.url);
  const options = optionsIn(await import(`./${name}/options.ts`));
  if (!options) return;
  checkJava();
  checkMavenIfNeeded(neededDistributions({}));
  const [addresses] = await Promise.all([
    bringUpServers({
      supervisor,
      progress,
      given: {},
      packages,
      data: join(directory, 'data'),
      logs: join(directory, 'logs'),
      ports: await freeServerPorts(),
      durable: !options.forgetfulPostgres,
      createsDatabases: true,
    }),
    build(supervisor, progress),
  ]);
  const step = (/** @type {string} */ title, /** @type {() => Promise<unknown>} */ work) =>
    progress.step(title, work);
  // Not before: it needs the product as it was built just now.
  const { play } = await import(`./${name}/play.ts`);
  await play(options, { addresses, directory, kept: PLACES.base, step });
}

/** @param {{ parseOptions: (args: string[]) => { forgetfulPostgres: boolean } | undefined }} module */
function optionsIn({ parseOptions }) {
  try {
    return parseOptions(args);
  } catch (error) {
    throw new LaunchFailure(`${error.message} npm run bench ${name} -- --help tells the options.`);
  }
}
