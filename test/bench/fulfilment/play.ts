/** `npm run bench fulfilment`: from the order to the subscriber who hears that it is confirmed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpus, loadavg } from 'node:os';
import { type Place, Stage } from '../measuring/stage.js';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { print } from '../report/report.js';
import { spreadOf } from '../report/statistics.js';
import { short, table, whole } from '../report/table.js';
import { deploy, type Role, ROLES } from './deployment.js';
import { type Mode, MODES, type Options } from './options.js';
import { type Run, Shift } from './shift.js';
import { SKUS } from './skus.js';
import { STEPS } from './steps.js';

interface Outcome {
  readonly mode: Mode;
  /** One for each round, at the rate that was asked for. */
  readonly runs: Run[];
  /** The best of the steady ones, and all that were tried. */
  highest?: Run;
  readonly tried: { readonly perSecond: number; readonly run: Run }[];
}

/** Halvings of the span between the highest rate that was steady and the lowest that was not. */
const HALVINGS = 2;
const MOST_DOUBLINGS = 8;

export async function play(options: Options, place: Place): Promise<void> {
  const load = loadavg()[0] ?? 0;
  const stage = await Stage.prepare(place);
  if (options.profile) return profileProduct(stage, place, options);
  const outcomes = options.modes.map((mode): Outcome => ({ mode, runs: [], tried: [] }));
  for (let round = 1; round <= options.rounds; round++) {
    for (const outcome of outcomes) {
      const title = `round ${round} of ${options.rounds}, ${outcome.mode}`;
      await onShift(stage, outcome.mode, async (shift) => {
        const { rate, seconds } = options;
        outcome.runs.push(await place.step(`${title}: ${rate} orders/s`, () => shift.run(rate, seconds)));
        if (options.highest && round === options.rounds) await findHighest(shift, outcome, options, place);
      });
    }
  }
  report(outcomes, options, load);
}

async function onShift(stage: Stage, mode: Mode, work: (shift: Shift) => Promise<void>): Promise<void> {
  const deployment = await deploy(stage, mode);
  const shift = await Shift.begin(deployment);
  try {
    await work(shift);
  } finally {
    shift.end();
    await deployment.stop();
  }
}

/** Doubles the rate while it is steady, then halves what is between. */
async function findHighest(shift: Shift, outcome: Outcome, options: Options, place: Place): Promise<void> {
  let steady = options.rate;
  let unsteady = Number.POSITIVE_INFINITY;
  const attempt = async (perSecond: number): Promise<void> => {
    const title = `${outcome.mode}: ${whole(perSecond)} orders/s`;
    const run = await place.step(title, () => shift.run(perSecond, options.seconds));
    outcome.tried.push({ perSecond, run });
    if (run.isSteady && !run.void) {
      steady = perSecond;
      outcome.highest = run;
    } else unsteady = perSecond;
  };
  for (let times = 0; times < MOST_DOUBLINGS && unsteady === Number.POSITIVE_INFINITY; times++)
    await attempt(steady * 2);
  for (let times = 0; times < HALVINGS && unsteady < Number.POSITIVE_INFINITY; times++)
    await attempt(Math.round((steady + unsteady) / 2));
}

function report(outcomes: readonly Outcome[], options: Options, load: number): void {
  const { rate, seconds, rounds } = options;
  const right = 'right' as const;
  const figures = (title: string, runs: readonly Run[]): string[] => {
    const reason = runs.find((run) => run.void)?.void;
    if (reason) return [`  ${title}`, 'void', '', '', '', reason];
    const text = (figure: (run: Run) => number): string => {
      const spread = spreadOf(runs.map(figure));
      if (!spread) return '–';
      return runs.length > 1
        ? `${short(spread.median)} (${short(spread.min)}–${short(spread.max)})`
        : short(spread.median);
    };
    const cpu = (run: Run) => Object.values(run.cpuMs).reduce((sum, each) => sum + each, 0);
    return [
      `  ${title}`,
      text((run) => run.perSecond),
      text((run) => run.p50),
      text((run) => run.p99),
      text(cpu),
    ];
  };
  const rows = outcomes.flatMap(({ mode, runs, highest, tried }) => [
    MODES[mode],
    figures(`at ${rate} orders/s`, runs),
    ...details(runs),
    ...(highest ? [figures('at the highest steady rate', [highest]), ...details([highest])] : []),
    ...tried.map(
      ({ perSecond, run }) =>
        `      tried ${whole(perSecond)}/s: ${run.void ?? (run.isSteady ? 'steady' : 'not steady')}, ` +
        `${whole(run.open[0])} open halfway and ${whole(run.open[1])} at the end`,
    ),
  ]);
  const columns = [
    { title: 'contestant' },
    { title: 'orders/s', align: right },
    { title: 'p50 ms', align: right },
    { title: 'p99 ms', align: right },
    { title: 'CPU ms/order', align: right },
    { title: '' },
  ];
  print([
    '',
    `Medians of ${rounds} rounds of ${seconds} s, in which the modes take turns; from the order sent to its confirmation at a`,
    `subscriber. ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, shared by servers, product, customers and subscriber; load average at the`,
    `start ${load.toFixed(1)}. Node ${process.versions.node}. Two of ${SKUS} skus an order; Postgres ${options.forgetfulPostgres ? 'without' : 'with'} fsync.`,
    '',
    ...table(columns, rows),
  ]);
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ bench: 'fulfilment', options, outcomes }, null, 2)}\n`);
}

/** Where time and CPU go. */
function details(runs: readonly Run[]): string[] {
  const median = (figure: (run: Run) => number): number => spreadOf(runs.map(figure))?.median ?? Number.NaN;
  const times = STEPS.map((step) => [step, median((run) => run.steps[step])] as const);
  const all = times.reduce((sum, [, ms]) => sum + ms, 0);
  const steps = times
    .filter(([, ms]) => ms > 0)
    .map(([step, ms]) => `${step} ${short(ms)} ms (${whole((ms / all) * 100)} %)`);
  const roles = (Object.keys(ROLES) as Role[]).map(
    (role) => [role, median((run) => run.cpuMs[role] ?? 0)] as const,
  );
  const shares = roles.filter(([, ms]) => ms > 0).map(([role, ms]) => `${role} ${short(ms)}`);
  return [`      steps: ${steps.join(', ')}`, `      CPU ms an order: ${shares.join(', ')}`];
}

const PROFILE_WARM_UP_S = 5;

/** Runs the product in one process under V8's profiler, and prints where its time went. */
async function profileProduct(stage: Stage, place: Place, { rate, seconds }: Options): Promise<void> {
  const file = join(place.kept, 'fulfilment.cpuprofile');
  const deployment = await deploy(stage, 'standalone', profilerEnv(file));
  const shift = await Shift.begin(deployment);
  try {
    await place.step('warming up', () => shift.run(rate, PROFILE_WARM_UP_S));
    const { pid } = deployment.processes;
    const run = await profiled({ pid, file, place }, () => shift.run(rate, seconds));
    if (run.void) throw new Error(run.void);
    await printProfile(`orders at ${short(run.perSecond)}/s`, file);
  } finally {
    shift.end();
  }
}
