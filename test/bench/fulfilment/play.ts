/** `npm run bench fulfilment`: from the order to the subscriber who hears that it is confirmed. */
import { join } from 'node:path';
import { loadavg } from 'node:os';
import { type Place, Stage } from '../measuring/stage.js';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { short, whole } from '../report/table.js';
import { deploy } from './deployment.js';
import type { Mode, Options } from './options.js';
import { type Outcome, report } from './report.js';
import { type Run, Shift } from './shift.js';
import type { Pace } from './shop.js';

/** Halvings of the span between the highest rate that was steady and the lowest that was not. */
const HALVINGS = 3;
const MOST_DOUBLINGS = 8;
const OVERLOAD_CUSTOMERS = 64;

const paced = (perSecond: number): Pace => ({ way: 'paced', perSecond });

export async function play(options: Options, place: Place): Promise<void> {
  const load = loadavg()[0] ?? 0;
  const stage = await Stage.prepare(place);
  if (options.profile) return profileProduct(stage, place, options);
  const outcomes = options.modes.map((mode): Outcome => ({ mode, runs: [], tried: [], overloads: [] }));
  for (let round = 1; round <= options.rounds; round++) {
    for (const outcome of outcomes) {
      const title = `round ${round} of ${options.rounds}, ${outcome.mode}`;
      await onShift(stage, outcome.mode, async (shift) => {
        const { rate, seconds } = options;
        outcome.runs.push(
          await place.step(`${title}: ${rate} orders/s`, () => shift.run(paced(rate), seconds, true)),
        );
        if (!options.highest || round < options.rounds) return;
        const highest = await findHighest(shift, outcome, options, place);
        if (options.overload) await overload(shift, outcome, highest, options, place);
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

/** Doubles the rate while it is steady, then halves what is between. @returns the highest rate that was steady */
async function findHighest(shift: Shift, outcome: Outcome, options: Options, place: Place): Promise<number> {
  let steady = options.rate;
  let unsteady = Number.POSITIVE_INFINITY;
  const attempt = async (perSecond: number): Promise<void> => {
    const title = `${outcome.mode}: ${whole(perSecond)} orders/s`;
    const run = await place.step(title, () => shift.run(paced(perSecond), options.seconds, true));
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
  return steady;
}

async function overload(
  shift: Shift,
  { mode, overloads }: Outcome,
  highest: number,
  { seconds }: Options,
  place: Place,
): Promise<void> {
  const loads: readonly (readonly [string, Pace])[] = [
    [`${2 * highest} orders/s, twice the highest steady rate`, paced(2 * highest)],
    [
      `${OVERLOAD_CUSTOMERS} customers, one order after the other`,
      { way: 'closed', customers: OVERLOAD_CUSTOMERS },
    ],
  ];
  for (const [title, pace] of loads) {
    const run = await place.step(`${mode}: ${title}`, () => shift.run(pace, 2 * seconds));
    overloads.push({ title, run });
  }
}

/** Runs the product in one process under V8's profiler, and prints where its time went. */
async function profileProduct(stage: Stage, place: Place, { rate, seconds }: Options): Promise<void> {
  const file = join(place.kept, 'fulfilment.cpuprofile');
  const deployment = await deploy(stage, 'standalone', profilerEnv(file));
  const shift = await Shift.begin(deployment);
  try {
    const { pid } = deployment.processes;
    const run: Run = await profiled({ pid, file, place }, () => shift.run(paced(rate), seconds));
    if (run.void) throw new Error(run.void);
    await printProfile(`orders at ${short(run.perSecond)}/s`, file);
  } finally {
    shift.end();
  }
}
