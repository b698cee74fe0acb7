/** `npm run bench ingest`: how fast orders are taken, beside what could be reached at best. */
import { join } from 'node:path';
import { type AppPlan, type Place, Stage } from '../measuring/stage.js';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { beginReport, failuresText, playRounds } from '../report/report.js';
import { whole } from '../report/table.js';
import { APPS, Contest, tracedApps } from './contest.js';
import { SpanSink } from './span-sink.js';
import {
  ALL_TRACED,
  type App,
  BATCHES_IN_FLIGHT,
  type Contestant,
  contestants,
  type IngestOutcome,
  MIDDLE,
} from './contestants.js';
import type { Options } from './options.js';
import { layoutOf } from './report.js';

/** Before the first round, so that it is not the one in which code gets compiled. */
const WARM_UP_MS = 1_000;

export async function play(options: Options, place: Place): Promise<void> {
  const report = beginReport(options, layoutOf(options));
  const chosen = contestants(options.connections).filter(([{ section }]) =>
    options.sections.includes(section),
  );
  const stage = await Stage.prepare(place);
  const sink = await SpanSink.start();
  const apps = { ...APPS, ...tracedApps(sink) };
  if (options.profile) return profileProduct(stage, place, apps, chosen.flat(), options.seconds);

  const contest = new Contest(stage, place, apps);
  try {
    const outcomes = await present(contest, chosen.flat(), place);
    for (const group of chosen) {
      const [{ section, concurrency }] = group;
      const here = outcomes.filter(({ contestant }) => group.includes(contestant));
      await playRounds(here, options.rounds, (contestant, round) =>
        place.step(`${section}, ${concurrency} in flight, ${round}`, () =>
          contest.measure(contestant, options.seconds * 1_000),
        ),
      );
    }
    report(outcomes);
  } finally {
    sink.stop();
    contest.stop();
  }
}

/** Finds the contestants that are there, and warms them up. */
async function present(
  contest: Contest,
  chosen: readonly Contestant[],
  place: Place,
): Promise<readonly IngestOutcome[]> {
  const outcomes: IngestOutcome[] = [];
  for (const contestant of chosen) {
    const absence = isStartedAnew(contestant) ? undefined : await contest.absence(contestant);
    outcomes.push({ contestant, runs: [], absence });
  }
  await place.step('warming up', async () => {
    for (const { contestant, absence } of outcomes) {
      if (!absence && !isStartedAnew(contestant)) await contest.measure(contestant, WARM_UP_MS);
    }
  });
  return outcomes;
}

/** For each turn, and warmed up then. */
const isStartedAnew = ({ section }: Contestant): boolean => section === 'tracing' || section === 'sealing';

/** Where the goals are told. */
const GOALS_AT = new Set<number | undefined>([MIDDLE, BATCHES_IN_FLIGHT.at(-1)]);
const PROFILE_WARM_UP_MS = 3_000;

/** Runs one contestant of the product under V8's profiler, and prints where its time went. */
async function profileProduct(
  stage: Stage,
  place: Place,
  apps: Readonly<Record<App, AppPlan>>,
  chosen: readonly Contestant[],
  seconds: number,
): Promise<void> {
  const ours = chosen.filter(
    ({ target }) => 'app' in target && apps[target.app].program.includes('command-api'),
  );
  // Where tracing is compared, what it costs is in question.
  const traced = ours[0]?.section === 'tracing' ? ours.find(({ name }) => name === ALL_TRACED) : undefined;
  const contestant = traced ?? ours.find(({ concurrency }) => GOALS_AT.has(concurrency)) ?? ours[0];
  if (!contestant || !('app' in contestant.target)) throw new Error('nothing of the product was asked for');
  const file = join(place.kept, 'ingest.cpuprofile');
  const plan = { ...apps[contestant.target.app], env: profilerEnv(file) };
  const contest = new Contest(stage, place, { ...apps, [contestant.target.app]: plan });
  try {
    const absence = await contest.absence(contestant);
    if (absence) throw new Error(`${contestant.section}: ${absence}`);
    const { pid } = await stage.app(plan);
    await place.step('warming up', () => contest.measure(contestant, PROFILE_WARM_UP_MS));
    const measuring = () => contest.measure(contestant, seconds * 1_000);
    const { perSecond, failures } = await profiled({ pid, file, place }, measuring);
    if (Object.keys(failures).length > 0) throw new Error(`failed: ${failuresText(failures)}`);
    const { section, concurrency } = contestant;
    await printProfile(`${section}, ${concurrency} in flight: ${whole(perSecond)} events/s`, file);
  } finally {
    contest.stop();
  }
}
