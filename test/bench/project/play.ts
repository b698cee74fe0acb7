/** `npm run bench project`: how fast read models are rebuilt, beside what could be reached at best. */
import { type Place, Stage } from '../measuring/stage.js';
import { beginReport, playRounds } from '../report/report.js';
import { whole } from '../report/table.js';
import { Contest, CONTESTANTS, type ProjectOutcome, rebuildName } from './contest.js';
import { type Options, roundsAt } from './options.js';
import { LAYOUT } from './report.js';
import { join } from 'node:path';
import { printProfile } from '../profile/description.js';
import { type Filled, perSecond } from './runs.js';

export async function play(options: Options, place: Place): Promise<void> {
  const report = beginReport(options, LAYOUT);
  await Stage.prepare(place);
  const contest = new Contest(place);
  const fill = (size: number) =>
    place.step(`appending up to ${whole(size)} order events`, () => contest.fill(size));
  try {
    if (options.profile !== undefined) {
      return await profileRebuild(contest, place, options.profile, await fill(options.sizes.at(-1) ?? 0));
    }
    const outcomes: ProjectOutcome[] = [];
    for (const size of options.sizes) {
      const filled = await fill(size);
      const here = CONTESTANTS.map((contestant): ProjectOutcome => ({ size, contestant, runs: [] }));
      outcomes.push(...here);
      await playRounds(here, roundsAt(options, size), (contestant, round) =>
        place.step(`${whole(size)}, ${round}`, () => contestant.run(contest, filled)),
      );
    }
    report(outcomes);
  } finally {
    contest.stop();
  }
}

/** Rebuilds one read model under V8's profiler, and prints where its time went. */
async function profileRebuild(
  contest: Contest,
  place: Place,
  projection: string,
  filled: Filled,
): Promise<void> {
  const name = rebuildName(projection);
  const contestant = CONTESTANTS.find((each) => each.name === name);
  if (!contestant) throw new Error(`there is no projection ${projection}`);
  const file = join(place.kept, 'project.cpuprofile');
  await place.step('once without the profiler', () => contestant.run(contest, filled));
  const run = await place.step('profiling', () => contestant.run(contest, filled, { BENCH_PROFILE: file }));
  if (run.lost) throw new Error(run.lost);
  await printProfile(`${name}, ${whole(run.events)} events: ${whole(perSecond(run))} events/s`, file);
}
