import { join } from 'node:path';
import type { Place, Stage } from '../measuring/stage.js';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { failuresText } from '../report/report.js';
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
  const plan = { ...APPS[contestant.target.app], env: profilerEnv(file) };
  const contest = new Contest(stage, place, { ...APPS, [contestant.target.app]: plan });
  try {
    const absence = await contest.absence(contestant);
    if (absence) throw new Error(`${contestant.section}: ${absence}`);
    const { pid } = await stage.app(plan);
    await place.step('warming up', () => contest.measure(contestant, WARM_UP_MS));
    const measuring = () => contest.measure(contestant, seconds * 1_000);
    const { perSecond, failures } = await profiled({ pid, file, place }, measuring);
    if (Object.keys(failures).length > 0) throw new Error(`failed: ${failuresText(failures)}`);
    const { section, concurrency } = contestant;
    await printProfile(`${section}, ${concurrency} in flight: ${whole(perSecond)} events/s`, file);
  } finally {
    contest.stop();
  }
}
