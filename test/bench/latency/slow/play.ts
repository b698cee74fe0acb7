/** `npm run bench latency -- --slow`: shows where the time of slow requests went. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Place } from '../../measuring/stage.js';
import { profiled, profilerEnv } from '../../profile/description.js';
import { print } from '../../report/report.js';
import { short, table } from '../../report/table.js';
import type { Contestant } from '../contestants.js';
import { type LoadWorker, type Run, runOf } from '../run.js';
import type { AppTrace } from './app-trace.js';
import {
  ANSWER_STAGES,
  type Journey,
  journeysOf,
  slowestOf,
  type Stage,
  STAGES,
  summaryOf,
  TO_WEBHOOK,
} from './journeys.js';
import { AppActivity } from './app-activity.js';
import { Timeline, type TimedProfile } from './timeline.js';

const SHOWN = 10;
const ACTIVITIES_SHOWN = 8;
const TRACER = './test/bench/latency/slow/tracer.mjs';

/** Runs the scenario untraced and traced, and prints the stages of all requests and details of the slowest. */
export async function traceSlowRequests(
  contestant: Contestant,
  load: LoadWorker,
  { seconds }: { readonly seconds: number | undefined },
  place: Place,
): Promise<void> {
  const one = { PROCESSES: '1' };
  const plain = await place.step('untraced', () => runOf(contestant, load, { seconds, env: one }));
  const profile = join(place.kept, 'latency-slow.cpuprofile');
  const trace = join(place.directory, 'latency-slow.json');
  const traced = await runOf(contestant, load, {
    seconds,
    env: { ...one, ...profilerEnv(profile), NODE_OPTIONS: `--import=${TRACER}`, BENCH_TRACE: trace },
    traced: true,
    observe: (pid, measuring) => profiled({ pid, file: profile, place }, measuring),
  });
  const [before, { webhooks, requests = [] }] = [loadedIn(plain), loadedIn(traced)];
  const compared = (share: 'p50' | 'p99') =>
    `${share} ${short(webhooks[share])} ms, ${short(webhooks[share] / before.webhooks[share])} × untraced`;
  const saw = await readJson<AppTrace>(trace);
  const journeys = journeysOf(requests, saw);
  const activity = new AppActivity(saw, new Timeline(await readJson<TimedProfile>(profile)));
  print([
    '',
    `${contestant.scenario}, traced: ${requests.length} requests, ${journeys.length} of them complete in the trace`,
    `to the webhook: ${compared('p50')}, ${compared('p99')}`,
    '',
    ...(journeys.length > 0 ? summary(journeys) : []),
    ...slowestOf(journeys, SHOWN).flatMap((journey, index) => [
      '',
      ...describeRequest(journey, index + 1, activity),
    ]),
    '',
    `The profile is kept as ${relative(process.cwd(), profile)}, for Chrome's developer tools.`,
  ]);
}

function loadedIn(run: Run) {
  if (run.void) throw new Error(run.void);
  if (!run.loaded) throw new Error('nothing was ordered');
  return run.loaded;
}

const readJson = async <Content>(file: string): Promise<Content> =>
  JSON.parse(await readFile(file, 'utf8')) as Content;

function summary(journeys: readonly Journey[]): string[] {
  const stages = [...STAGES, TO_WEBHOOK, ...ANSWER_STAGES];
  return table(
    [{ title: 'ms' }, ...stages.map(({ title }) => ({ title, align: 'right' as const }))],
    summaryOf(journeys, stages).map(({ title, values }) => [title, ...values.map(short)]),
  );
}

/** Its stages, then what the app did from the request to the webhook. Times after “at” count from the request. */
function describeRequest(journey: Journey, rank: number, activity: AppActivity): string[] {
  const { method, sentAt, arrivedAt, fetchedAt, webhookAnsweredAt } = journey;
  const span = { from: sentAt, until: arrivedAt };
  const at = (time: number) => short(time - sentAt).replace(/^(?=\d)/, '+');
  const lengths = (stages: readonly Stage[]) =>
    stages.map(({ title, length }) => `${title} ${short(length(journey))}`).join(' → ');
  const marks = [
    ...(fetchedAt.length > 0 ? [`event fetched at ${fetchedAt.map(at).join(', ')}`] : []),
    ...(webhookAnsweredAt === undefined ? [] : [`webhook answered at ${at(webhookAnsweredAt)}`]),
  ];
  const activities = activity.within(span);
  const timers = activity.timers(span);
  return [
    `${rank}. ${method} ${short(TO_WEBHOOK.length(journey))} ms: ${lengths(STAGES)}`,
    `   answer: ${[lengths(ANSWER_STAGES), ...marks].join('; ')}`,
    `   ${activity.busyTime(span)}`,
    ...activities.slice(0, ACTIVITIES_SHOWN).map(({ title, count, from, until }) => {
      const others = count > 1 ? ` (the longest of ${count})` : '';
      return `   ${short(until - from)} ms at ${at(from)}: ${title}${others}`;
    }),
    ...(activities.length > ACTIVITIES_SHOWN ? [`   and ${activities.length - ACTIVITIES_SHOWN} more`] : []),
    ...(timers.length > 0 ? [`   timers: ${timers.join(', ')}`] : []),
  ];
}
