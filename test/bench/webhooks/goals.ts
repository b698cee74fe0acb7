import { type Goal, judge, type Verdict } from '../report/goals.js';
import type { Figure } from '../report/report.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { whole } from '../report/table.js';
import type { Options, Section } from './options.js';
import { figures, find, type Run, type WebhookOutcome } from './outcome.js';
import { ALONE, BESIDE_BAD } from './sections/bad-endpoints.js';
import { among, memoryAt } from './sections/many.js';
import { BATCHED, LIVE_ALONE, LIVE_BESIDE } from './sections/replay.js';
import { rawPosts, TO_SOME, waiting } from './sections/throughput.js';

const TO_SOME_PER_SECOND = 5_000;
const TO_SOME_P99_MS = 60;
const LEAST_OF_RAW = 0.6;
const REPLAY_SECONDS = 60;
const MILLION = 1_000_000;

const speed = ({ perSecond }: Run) => perSecond;
const p99 = (run: Run) => run.p99;
const difference = (a: number, b: number) => a - b;

function goalsOf(
  outcomes: readonly WebhookOutcome[],
  { replay, subscriptions }: Options,
): Partial<Record<Section, readonly Goal[]>> {
  const of = (section: Section) => {
    const all = (name: string, figure: Figure<Run>) => figures(find(outcomes, section, name), figure);
    return {
      one: (name: string, figure: Figure<Run>) => spreadOf(all(name, figure)),
      two: (ours: string, theirs: string, figure: Figure<Run>, compare?: typeof difference) =>
        ratios(all(ours, figure), all(theirs, figure), compare),
    };
  };
  const [throughput, many] = [of('throughput'), of('many')];
  const [smallest, largest] = [subscriptions[0] ?? 1, subscriptions.at(-1) ?? 1];
  return {
    throughput: [
      {
        title: `${TO_SOME}: at least ${whole(TO_SOME_PER_SECOND)} deliveries/s`,
        value: throughput.one(TO_SOME, speed),
        isMet: (perSecond) => perSecond >= TO_SOME_PER_SECOND,
      },
      {
        title: `${TO_SOME}: p99 below ${TO_SOME_P99_MS} ms`,
        value: throughput.one(TO_SOME, p99),
        isMet: (ms) => ms < TO_SOME_P99_MS,
      },
      ...[1, 20].map((endpoints) => ({
        title: `${waiting(endpoints)}: at least ${LEAST_OF_RAW} × raw posts`,
        value: throughput.two(waiting(endpoints), rawPosts(endpoints), speed),
        isMet: (ratio: number) => ratio >= LEAST_OF_RAW,
      })),
    ],
    'bad-endpoints': [
      {
        title: 'beside bad endpoints: p99 of the others (ms more than without)',
        value: of('bad-endpoints').two(BESIDE_BAD, ALONE, p99, difference),
      },
    ],
    replay: [
      {
        title: `${BATCHED(replay)}: within ${REPLAY_SECONDS} s for each million`,
        value: of('replay').one(BATCHED(replay), ({ seconds }) => seconds && (seconds * MILLION) / replay),
        isMet: (seconds) => seconds <= REPLAY_SECONDS,
      },
      {
        title: 'beside a replay: p99 of live deliveries (ms more than without)',
        value: of('replay').two(LIVE_BESIDE, LIVE_ALONE, p99, difference),
      },
    ],
    many: [
      {
        title: `10 of ${whole(largest)} match: p99 (ms more than without the others)`,
        value: many.two(among(largest), among(10), p99, difference),
      },
      {
        title: `memory at ${whole(largest)} subscriptions (MiB more than at ${whole(smallest)})`,
        value: many.two(memoryAt(largest), memoryAt(smallest), (run) => run.peakMib, difference),
      },
    ],
  };
}

export function verdicts(outcomes: readonly WebhookOutcome[], options: Options): Verdict[] {
  const goals = goalsOf(outcomes, options);
  return options.sections.flatMap((section) => goals[section] ?? []).map(judge);
}
