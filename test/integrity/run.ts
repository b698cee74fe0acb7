/** `npm run integrity`: what the specs of this folder do, for longer. */
import { parseArgs } from 'node:util';
import { FAULTS } from './chaos.js';
import { runIntegrity } from './integrity-run.js';
import {
  type AppsTestbed,
  openAppsTestbed,
  type OpenProduct,
  openTestbed,
  openWebhookTestbed,
  openWholeProduct,
  type Testbed,
  type WebhookTestbed,
  type WholeProduct,
} from './testbed.js';
import { restartUnderLoad } from './planned-restart.js';
import { FULFILMENT_FAULTS } from './fulfilment/fulfilment-faults.js';
import { runFulfilment } from './fulfilment/fulfilment-run.js';
import { type FulfilmentTestbed, openFulfilmentTestbed } from './fulfilment/fulfilment-testbed.js';
import { runFloods } from './floods/floods-run.js';
import { exportUnderKills } from './export/export-run.js';
import { rebuildUnderLoad } from './rebuild/rebuild-run.js';
import { runSecurely } from './secure/secure-run.js';
import { runSoak } from './soak/soak-run.js';
import { openSoakTestbed, type SoakTestbed } from './soak/soak-testbed.js';
import { runReceivers } from './receivers/receivers-run.js';
import { OwnWritesRun } from './own-writes/own-writes-run.js';
import { ProjectorPauses } from './own-writes/projector-pauses.js';
import { reportLines, type RunResult } from './report.js';
import { runWebhooks } from './webhooks/webhook-run.js';
import { startServers } from '../systems/servers.js';

const MOST_SHOWN = 10;
const TENANTS = 7;
/** The least that ten minutes of webhook faults must see to prove anything; a shorter run needs less. */
const LEAST_KILLS = 20;
const LEAST_FAILURES = 1_000;
const MINUTES = 10;
const CLIENTS = '24';
/** Each request of half of them takes a TLS connection of its own. */
const SECURE_CLIENTS = '8';
/** Each order of a shop costs many times what a mere command does. */
const CUSTOMERS = '6';
const MORE_EVENTS = 10_000;
/** Small, so that a run of 100,000 events reads several segments of the log. */
const SEGMENT_MB = 8;
const KILLS = 3;

const HELP = `Breaks things under load, and looks whether the promises hold. Exit code 1 if one is broken.

  npm run integrity -- [what] [options]

Without a what, brokers and instances of the command API fail, and the log and the read models are checked. Or
  --webhooks       dispatchers and subscribers fail
  --fulfilment     process managers, the payment gateway, the mail server and the database of a shop fail, or what
                   --only kill-gateway,smtp-away names (none: nothing); --lost-tables drops every table in between
  --rebuild        read models are rebuilt from --events <n> while they are written and read
  --export         an export of --events <n> orders is killed three times, compared with the read models, and repeated after
                   10,000 more
  --own-writes     --reads <n> queries send the positions of writes, while the projector is paused and resumed
  --floods         the product is flooded in every known way for --seconds <n> each, or in those that
                   --only keyless,greedy/large-pages names, while another tenant works
  --secure         npm start -- --secure is loaded while connections log in anew and certificates are renewed
  --soak           a shop of --rate <n> customers a second, by default 4, is open, with a fault now and then, and what one process takes
                   is told as a table; 60 minutes show whether it grows
  --receivers      webhooks go to receivers of every hostile kind for --seconds <n>, while another tenant works

  --minutes <n>    2
  --seed <n>       of another run, to repeat its faults
  --instances <n>  3
  --processes <n>  1; with more, each instance is the whole product in that many processes, which are killed one at a
                   time as well
  --bug <name>     makes the mistake that test/integrity/seeded-bugs knows by this name: then not to find it is a failure
  --help           this text`;

const OPTIONS = {
  minutes: { type: 'string', default: '2' },
  seed: { type: 'string', default: String(Date.now() % 100_000) },
  instances: { type: 'string', default: '3' },
  processes: { type: 'string', default: '1' },
  clients: { type: 'string' },
  bug: { type: 'string' },
  faults: { type: 'string', default: FAULTS.join() },
  webhooks: { type: 'boolean', default: false },
  'planned-restart': { type: 'boolean', default: false },
  'without-keys': { type: 'boolean', default: false },
  'without-batches': { type: 'boolean', default: false },
  rebuild: { type: 'boolean', default: false },
  export: { type: 'boolean', default: false },
  events: { type: 'string', default: '1000000' },
  projections: { type: 'string', default: 'orders,order-statistics' },
  'own-writes': { type: 'boolean', default: false },
  reads: { type: 'string', default: '10000' },
  fulfilment: { type: 'boolean', default: false },
  'lost-tables': { type: 'boolean', default: false },
  floods: { type: 'boolean', default: false },
  secure: { type: 'boolean', default: false },
  soak: { type: 'boolean', default: false },
  rate: { type: 'string', default: '4' },
  receivers: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '10' },
  only: { type: 'string', default: '' },
  help: { type: 'boolean', default: false },
} as const;

const values = options();

function options() {
  try {
    const given = parseArgs({ options: OPTIONS }).values;
    if (!given.help) return given;
    console.log(HELP);
    return process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message} npm run integrity -- --help tells the options.`);
    return process.exit(1);
  }
}

const began = performance.now();
const log = (line: string): void => {
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
};

// Servers do not keep the process alive: without this it would end while they stop.
setInterval(() => {}, 60_000);
const isAsExpected = await run();
// Nothing that is still open matters now.
process.exit(isAsExpected ? 0 : 1);

function run(): Promise<boolean> {
  const openApps = async (tenants: number) => openAppsTestbed(await startServers(), tenants);
  if (values.fulfilment) return on('a shop', () => openFulfilmentTestbed(ofInstances()), fulfilled);
  if (values.soak) return on('the whole product in one process', openSoakTestbed, soaked);
  if (values.rebuild) return on('one of each app', () => openApps(1), rebuilt);
  if (values.export) return on('one of each app', () => openApps(1), exported);
  if (values['own-writes']) return on('one of each app', () => openApps(TENANTS), ownWritesRead);
  const seconds = Number(values.seconds);
  const names = values.only.split(',').filter((name) => name !== '');
  const flooded = (product: WholeProduct) => runFloods(product, { seconds, names, log });
  if (values.floods) return on('the whole product in one process', openWholeProduct, flooded);
  const received = (product: WholeProduct) => runReceivers(product, { seconds, log });
  if (values.receivers) return on('the whole product in one process', openWholeProduct, received);
  if (values.secure)
    return runSecurely(Number(values.minutes) * 60, Number(values.clients ?? SECURE_CLIENTS), log);
  const count = Number(values.instances);
  if (values.webhooks)
    return on(`${count} dispatchers`, () => openWebhookTestbed(count, ofInstances()), delivered);
  const work = values['planned-restart'] ? planned : chaotic;
  return on(`three brokers and ${count} instances`, () => openTestbed(count, ofInstances()), work);
}

/** Logs are kept of a run that is not as it should. @param work gives whether it is */
async function on<System extends OpenProduct>(
  title: string,
  open: () => Promise<System>,
  work: (system: System) => Promise<boolean>,
): Promise<boolean> {
  log(`seed ${values.seed}; servers and ${title} are being started`);
  const system = await open();
  log(`logs: ${system.directory}`);
  const isAsExpected = await work(system);
  await system.close({ keepLogs: !isAsExpected });
  return isAsExpected;
}

/** A run without a bug must hold its promises; one with a seeded bug must find it. */
function judged(result: RunResult, promises: string): boolean {
  for (const line of reportLines(result, promises)) console.log(line);
  const { violations, voidBecause } = result;
  return values.bug ? violations.length > 0 : violations.length + voidBecause.length === 0;
}

function noneOf(violations: readonly unknown[]): boolean {
  for (const violation of violations.slice(0, MOST_SHOWN))
    log(typeof violation === 'string' ? violation : JSON.stringify(violation));
  return violations.length === 0;
}

async function delivered(testbed: WebhookTestbed): Promise<boolean> {
  const minutes = Number(values.minutes);
  const share = Math.min(1, minutes / MINUTES);
  const result = await runWebhooks(testbed, {
    seed: Number(values.seed),
    seconds: minutes * 60,
    clients: Number(values.clients ?? CLIENTS),
    leastKills: LEAST_KILLS * share,
    leastFailures: LEAST_FAILURES * share,
    log,
  });
  return judged(result, '7 and 8');
}

async function fulfilled(testbed: FulfilmentTestbed): Promise<boolean> {
  const names = values.only.split(',').filter((name) => name !== '');
  const result = await runFulfilment(testbed, {
    seed: Number(values.seed),
    seconds: Number(values.minutes) * 60,
    customers: Number(values.clients ?? CUSTOMERS),
    faults: FULFILMENT_FAULTS.filter((fault) => names.length === 0 || names.includes(fault)),
    losesTables: values['lost-tables'],
    log,
  });
  return judged(result, '8 and 9');
}

async function soaked(testbed: SoakTestbed): Promise<boolean> {
  const [seed, seconds, rate] = [Number(values.seed), Number(values.minutes) * 60, Number(values.rate)];
  return noneOf(await runSoak(testbed, { seed, seconds, rate, log }));
}

async function rebuilt(testbed: AppsTestbed): Promise<boolean> {
  const projections = values.projections.split(',');
  const rebuilding = rebuildUnderLoad(testbed, { events: Number(values.events), projections, log });
  const violations = await rebuilding.catch((error: Error) => [error.message]);
  if (violations.length === 0) log('no query failed, nothing went back, and all equals the log');
  return noneOf(violations);
}

async function exported(testbed: AppsTestbed): Promise<boolean> {
  const options = {
    events: Number(values.events),
    kills: KILLS,
    more: MORE_EVENTS,
    segmentMb: SEGMENT_MB,
    log,
  };
  const violations = await exportUnderKills(testbed, options).catch((error: Error) => [error.message]);
  if (violations.length === 0) log('no row is missing or there twice, and all totals are equal');
  return noneOf(violations);
}

async function ownWritesRead({ projector, clients }: AppsTestbed): Promise<boolean> {
  const run = new OwnWritesRun(new ProjectorPauses(projector));
  await run.run(clients, Number(values.reads), Number(values.seed));
  for (const line of run.lines()) log(line);
  return noneOf(run.violations);
}

function ofInstances(): Record<string, string> {
  const bug = values.bug && new URL(`seeded-bugs/${values.bug}.mjs`, import.meta.url).href;
  return {
    ...(bug && { NODE_OPTIONS: `--import ${bug}` }),
    ...(values.processes !== '1' && { PROCESSES: values.processes }),
  };
}

async function planned(testbed: Testbed): Promise<boolean> {
  const { commands, notAccepted, longestMs, medianMs } = await restartUnderLoad(testbed, 1);
  log(
    `${commands} commands, longest ${longestMs} ms, median ${medianMs} ms, ${notAccepted.length} not accepted`,
  );
  return noneOf(notAccepted.map(({ outcome }) => outcome));
}

async function chaotic(testbed: Testbed): Promise<boolean> {
  const result = await runIntegrity(testbed, {
    seed: Number(values.seed),
    faulty: { seconds: Number(values.minutes) * 60 },
    clients: Number(values.clients ?? CLIENTS),
    faults: FAULTS.filter((fault) => values.faults.split(',').includes(fault)),
    keys: !values['without-keys'],
    batches: !values['without-batches'],
    log,
  });
  return judged(result, '1 to 4');
}
