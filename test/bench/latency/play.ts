/** `npm run bench latency`: how long one waits, and what each order and delivery costs, at everyday rates and at full speed. */
import type { Place } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import { beginReport, playRounds } from '../report/report.js';
import { contestantsOn, type LatencyOutcome } from './contestants.js';
import type { LoadAnswer, LoadJob } from './load.js';
import type { Options } from './options.js';
import { layoutOf } from './report.js';
import { type LoadWorker, runOf } from './run.js';

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
    for (const scenario of options.scenarios) {
      const here = outcomes.filter(({ contestant }) => contestant.scenario === scenario);
      await playRounds(here, options.rounds, (contestant, round) =>
        place.step(`${scenario}, ${round}`, () => runOf(contestant, load, options.seconds)),
      );
    }
    report(outcomes);
  } finally {
    load.stop();
  }
}
