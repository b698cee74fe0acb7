/** `npm run bench latency`: how long one waits, and what each order and delivery costs, at everyday rates and at full speed. */
import { join } from 'node:path';
import type { Place } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { beginReport, playRounds } from '../report/report.js';
import { whole } from '../report/table.js';
import { type Contestant, contestantsOn, type LatencyOutcome, PRODUCT } from './contestants.js';
import type { LoadAnswer, LoadJob } from './load.js';
import type { Options } from './options.js';
import { layoutOf } from './report.js';
import { type LoadWorker, runOf } from './run.js';
import { traceSlowRequests } from './slow/play.js';

/** @param elsewhere another checkout, with servers of its own */
export async function play(
  options: Options,
  place: Place,
  elsewhere: (root: string) => Promise<Place>,
): Promise<void> {
  const report = beginReport(options, layoutOf(options));
  const load: LoadWorker = new Worker<LoadJob, LoadAnswer>(new URL('load.ts', import.meta.url), {});
  try {
    const contestants = await contestantsOn(options, place, elsewhere);
    const outcomes = contestants.map((contestant): LatencyOutcome => ({ contestant, runs: [] }));
    if (options.slow) return await traceSlowRequests(productIn(contestants), load, options, place);
    if (options.profile) return await profileProduct(productIn(contestants), load, options, place);
    for (const scenario of options.scenarios) {
      const here = outcomes.filter(({ contestant }) => contestant.scenario === scenario);
      await playRounds(here, options.rounds, (contestant, round) =>
        place.step(`${scenario}, ${round}`, () => runOf(contestant, load, options)),
      );
    }
    report(outcomes);
  } finally {
    load.stop();
  }
}

/** In the first scenario asked for. */
function productIn(contestants: readonly Contestant[]): Contestant {
  const product = contestants.find(({ name }) => name === PRODUCT);
  if (!product) throw new Error('nothing of the product was asked for');
  return product;
}

/** Runs the product under V8's profiler, and prints where its time went. */
async function profileProduct(
  contestant: Contestant,
  load: LoadWorker,
  { seconds }: Options,
  place: Place,
): Promise<void> {
  const file = join(place.kept, 'latency.cpuprofile');
  const run = await runOf(contestant, load, {
    seconds,
    // Only one process is looked into.
    env: { ...profilerEnv(file), PROCESSES: '1' },
    observe: (pid, measuring) => profiled({ pid, file, place }, measuring),
  });
  if (run.void) throw new Error(run.void);
  const rate = run.loaded ? `: ${whole(run.loaded.takenPerSecond)} taken/s` : '';
  await printProfile(`${contestant.scenario}${rate}`, file);
}
