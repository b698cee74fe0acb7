import { join } from 'node:path';
import { printProfile } from '../profile/description.js';
import type { Place } from '../measuring/stage.js';
import { whole } from '../report/table.js';
import { type Contest, CONTESTANTS, rebuildName } from './contest.js';
import { type Filled, perSecond } from './runs.js';

/** Rebuilds one read model under V8's profiler, and prints where its time went. */
export async function profileRebuild(
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
