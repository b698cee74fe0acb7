import { type Goal, judge, type Verdict } from '../report/goals.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { whole } from '../report/table.js';
import type { Options, Section } from './options.js';
import { figures, find, type Run, type WebhookOutcome } from './outcome.js';
import { ALONE, BESIDE_BAD } from './sections/bad-endpoints.js';
import { LATENCY } from './sections/latency.js';
import { among, memoryAt } from './sections/many.js';
import { BATCHED, LIVE_ALONE, LIVE_BESIDE } from './sections/replay.js';
import { fedBy, rawPosts, TO_SOME, waiting } from './sections/throughput.js';

interface GoalOfSection extends Goal {
  readonly section: Section;
}

const LATENCY_P50_MS = 6;
const LATENCY_P99_MS = 20;
const TO_ONE_PER_SECOND = 1_500;
const TO_SOME_PER_SECOND = 5_000;
const TO_SOME_P99_MS = 60;
const LEAST_OF_RAW = 0.6;
const REPLAY_SECONDS = 60;
const MILLION = 1_000_000;

const speed = ({ perSecond }: Run) => perSecond;
const p50 = (run: Run) => run.p50;
const p99 = (run: Run) => run.p99;
const difference = (a: number, b: number) => a - b;

function goalsOf(
  outcomes: readonly WebhookOutcome[],
  { replay, subscriptions }: Options,
): readonly GoalOfSection[] {
  const of = (section: Section, name: string, figure: (run: Run) => number | undefined) =>
    figures(find(outcomes, section, name), figure);
  const one = (section: Section, name: string, figure: (run: Run) => number | undefined) =>
    spreadOf(of(section, name, figure));
  const two = (
    section: Section,
    [ours, theirs]: readonly [string, string],
    figure: (run: Run) => number | undefined,
    compare?: (ours: number, theirs: number) => number,
  ) => ratios(of(section, ours, figure), of(section, theirs, figure), compare);
  const toRaw = (ours: string, endpoints: number) => two('throughput', [ours, rawPosts(endpoints)], speed);
  const largest = subscriptions.at(-1) ?? 1;
  return [
    {
      section: 'latency',
      title: `${LATENCY}: p50 below ${LATENCY_P50_MS} ms`,
      value: one('latency', LATENCY, p50),
      isMet: (ms) => ms < LATENCY_P50_MS,
    },
    {
      section: 'latency',
      title: `${LATENCY}: p99 below ${LATENCY_P99_MS} ms`,
      value: one('latency', LATENCY, p99),
      isMet: (ms) => ms < LATENCY_P99_MS,
    },
    {
      section: 'throughput',
      title: `${fedBy(8)}: at least ${whole(TO_ONE_PER_SECOND)} deliveries/s`,
      value: one('throughput', fedBy(8), speed),
      isMet: (perSecond) => perSecond >= TO_ONE_PER_SECOND,
    },
    {
      section: 'throughput',
      title: `${TO_SOME}: at least ${whole(TO_SOME_PER_SECOND)} deliveries/s`,
      value: one('throughput', TO_SOME, speed),
      isMet: (perSecond) => perSecond >= TO_SOME_PER_SECOND,
    },
    {
      section: 'throughput',
      title: `${TO_SOME}: p99 below ${TO_SOME_P99_MS} ms`,
      value: one('throughput', TO_SOME, p99),
      isMet: (ms) => ms < TO_SOME_P99_MS,
    },
    ...[1, 20].map((endpoints) => ({
      section: 'throughput' as const,
      title: `${waiting(endpoints)}: at least ${LEAST_OF_RAW} × raw posts`,
      value: toRaw(waiting(endpoints), endpoints),
      isMet: (ratio: number) => ratio >= LEAST_OF_RAW,
    })),
    {
      section: 'throughput',
      title: `${fedBy(8)} × raw posts, with the machine shared by those who order`,
      value: toRaw(fedBy(8), 1),
    },
    {
      section: 'bad-endpoints',
      title: 'beside bad endpoints: p99 of the others (ms more than without)',
      value: two('bad-endpoints', [BESIDE_BAD, ALONE], p99, difference),
    },
    {
      section: 'replay',
      title: `${BATCHED(replay)}: within ${REPLAY_SECONDS} s for each million`,
      value: one('replay', BATCHED(replay), ({ seconds }) => seconds && (seconds * MILLION) / replay),
      isMet: (seconds) => seconds <= REPLAY_SECONDS,
    },
    {
      section: 'replay',
      title: 'beside a replay: p99 of live deliveries (ms more than without)',
      value: two('replay', [LIVE_BESIDE, LIVE_ALONE], p99, difference),
    },
    {
      section: 'many',
      title: `10 of ${whole(largest)} match: p99 (ms more than without the others)`,
      value: two('many', [among(largest), among(10)], p99, difference),
    },
    {
      section: 'many',
      title: `memory at ${whole(largest)} subscriptions (MiB more than at ${whole(subscriptions[0] ?? 1)})`,
      value: two(
        'many',
        [memoryAt(largest), memoryAt(subscriptions[0] ?? 1)],
        (run) => run.peakMib,
        difference,
      ),
    },
  ];
}

export function verdicts(outcomes: readonly WebhookOutcome[], options: Options): Verdict[] {
  return goalsOf(outcomes, options)
    .filter(({ section }) => options.sections.includes(section))
    .map(judge);
}
