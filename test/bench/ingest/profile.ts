import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Place, Stage } from '../measuring/stage.js';
import { summarize } from '../profile/cpu-profile.js';
import { describe, writtenProfile } from '../profile/description.js';
import { whole } from '../report/table.js';
import { APPS, Contest } from './contest.js';
import { BATCHES_IN_FLIGHT, type Contestant, MIDDLE } from './contestants.js';

/** Where the goals are told. */
const GOALS_AT = new Set<number | undefined>([MIDDLE, BATCHES_IN_FLIGHT.at(-1)]);
const WARM_UP_MS = 3_000;

/** Runs one contestant of the product under V8's profiler, and prints where its time went. */
export async function profileProduct(
  stage: Stage,
  place: Place,
  chosen: readonly Contestant[],
  seconds: number,
): Promise<void> {
  const ours = chosen.filter(
    ({ target }) => 'app' in target && APPS[target.app].program.includes('command-api'),
  );
  const contestant = ours.find(({ concurrency }) => GOALS_AT.has(concurrency)) ?? ours[0];
  if (!contestant || !('app' in contestant.target)) throw new Error('nothing of the product was asked for');
  const file = join(place.kept, 'ingest.cpuprofile');
  const env = { NODE_OPTIONS: '--import=./test/bench/profile/profiler.mjs', BENCH_PROFILE: file };
  const plan = { ...APPS[contestant.target.app], env };
  const contest = new Contest(stage, place, { ...APPS, [contestant.target.app]: plan });
  try {
    const absence = await contest.absence(contestant);
    if (absence) throw new Error(`${contestant.section}: ${absence}`);
    const { pid } = await stage.app(plan);
    await place.step('warming up', () => contest.measure(contestant, WARM_UP_MS));
    rmSync(file, { force: true });
    process.kill(pid, 'SIGWINCH');
    const { perSecond, failures } = await place.step('profiling', () =>
      contest.measure(contestant, seconds * 1_000),
    );
    process.kill(pid, 'SIGWINCH');
    const profile = await writtenProfile(file);
    if (Object.keys(failures).length > 0) throw new Error(`failed: ${JSON.stringify(failures)}`);
    const title = `${contestant.section}, ${contestant.concurrency} in flight: ${whole(perSecond)} events/s under the profiler`;
    const kept = `Kept as ${relative(process.cwd(), file)}, for Chrome's developer tools.`;
    process.stdout.write(`\n${title}\n${describe(summarize(profile)).join('\n')}\n\n${kept}\n`);
  } finally {
    contest.stop();
  }
}
