import { join, relative } from 'node:path';
import { summarize } from '../profile/cpu-profile.js';
import { describe, readProfile } from '../profile/description.js';
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
  const title = `${name}, ${whole(run.events)} events: ${whole(perSecond(run))} events/s under the profiler`;
  const kept = `Kept as ${relative(process.cwd(), file)}, for Chrome's developer tools.`;
  process.stdout.write(`\n${title}\n${describe(summarize(await readProfile(file))).join('\n')}\n\n${kept}\n`);
}
