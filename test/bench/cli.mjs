/** `npm run bench <name>`: servers in a clean state, the build, then the bench with the arguments given. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cleanRun, startCleanServers } from '../../tools/launcher/clean-run.mjs';
import { LaunchFailure } from '../../tools/launcher/failure.mjs';
import { PLACES, ROOT } from '../../tools/launcher/places.mjs';
import { build } from '../../tools/launcher/setup/build.mjs';
import { installPackages } from '../../tools/launcher/setup/packages.mjs';
import { checkNode } from '../../tools/launcher/setup/prerequisites.mjs';

/** Each is a folder with `parseOptions(args)` in its `options.ts` and `play(options, place)` in its `play.ts`. */
const BENCHES = {
  console: 'how long a person waits for the pages of the console on large data',
  export: 'how fast events become Parquet files, and rows of SQL',
  fulfilment: 'how many orders a second go through stock, payment and mail, and what happens above that rate',
  ingest: 'how many orders a second are taken, singly and in batches',
  latency: 'how long one waits for an acknowledgement and for a webhook, and what each costs',
  project: 'how fast read models follow, and are rebuilt',
  tenants: 'how long one tenant waits while another asks for ten times its limit',
  webhooks: 'how many webhooks a second are delivered, in order, and beside slow subscribers',
};

const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(BENCHES, name)) {
  if (name !== '' && name !== '--help') console.error(`There is no bench ${name}.\n`);
  const lines = Object.entries(BENCHES).map(([bench, measures]) => `  ${bench.padEnd(12)} ${measures}`);
  console.error(`npm run bench <name> -- --help tells the options of a bench:\n\n${lines.join('\n')}`);
  process.exit(name === '--help' ? 0 : 1);
}

await cleanRun('bench', (run) => {
  const lost = run.supervisor.lost.then((failure) => Promise.reject(failure));
  return Promise.race([lost, runBench(run)]);
});
process.exit();

/** @param {import('../../tools/launcher/clean-run.mjs').CleanRun} run */
async function runBench(run) {
  checkNode();
  const { supervisor, progress, directory } = run;
  // Processes of the embedded servers are in the same ledger, and stop with the rest.
  process.env.ORDERSTREAM_TEST_DIRECTORY = directory;
  const packages = installPackages(supervisor, progress);
  // The bench is TypeScript, and the compiler that strips it is a package.
  await packages;
  await import('../../tools/typescript/register.mjs');
  const options = optionsIn(await import(`./${name}/options.ts`));
  if (!options) return;
  const built = build(supervisor, progress);
  const durable = !options.forgetfulPostgres;
  const [addresses] = await Promise.all([startCleanServers(run, { packages, built, durable }), built]);
  const step = (/** @type {string} */ title, /** @type {() => Promise<unknown>} */ work) =>
    progress.step(title, work);
  // Not before: it needs the product as it was built just now.
  const { play } = await import(`./${name}/play.ts`);
  const place = { addresses, directory, kept: PLACES.base, step, ...(await checkoutAt(ROOT)) };
  const elsewhere = async (/** @type {string} */ root) => {
    const checkout = await checkoutAt(root);
    const there = { ...run, directory: join(directory, 'elsewhere') };
    const theirs = await checkout.launcher.startCleanServers(there, { packages, built, durable });
    return { ...place, ...checkout, directory: there.directory, addresses: theirs };
  };
  await play(options, place, elsewhere);
}

/**
 * A checkout with its own way to start servers and apps, which may be another than ours.
 * @param {string} root
 */
async function checkoutAt(root) {
  const load = (/** @type {string} */ file) => import(pathToFileURL(join(root, 'tools/launcher', file)).href);
  return { root, launcher: { ...(await load('clean-run.mjs')), ...(await load('embedded.mjs')) } };
}

/** @param {{ parseOptions: (args: string[]) => { forgetfulPostgres: boolean } | undefined }} module */
function optionsIn({ parseOptions }) {
  try {
    return parseOptions(args);
  } catch (error) {
    throw new LaunchFailure(
      `${error.message.replace(/\.?$/, '.')} npm run bench ${name} -- --help tells the options.`,
    );
  }
}
