import { READ_MODELS } from '#libs/persistence';
import { ORDERS_PROJECTION } from '#libs/projections';
import { ratios, type Spread, spreadOf } from '../report/statistics.js';
import { whole } from '../report/table.js';
import { consumeName, EMMETT, rebuildName } from './contest.js';
import { figures, find, type Outcome } from './outcome.js';
import { perSecond } from './runs.js';
import type { Verdict } from '../report/goals-table.js';

const LEAST_OF_CONSUMING = 0.5;
const TIMES_EMMETT = 10;
const MOST_TIME_GROWTH = 1.2;

/** Speeds are judged where the log is longest: there, what a rebuild costs but once counts least. */
export function verdicts(outcomes: readonly Outcome[]): Verdict[] {
  const sizes = outcomes.map(({ size }) => size);
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  const speeds = (name: string) => figures(find(outcomes, largest, name), perSecond);
  return [
    ...READ_MODELS.map(({ name, topics: [topic = ''] }) =>
      judge(
        `rebuild ${name}: at least ${LEAST_OF_CONSUMING} × consume and decode, at ${whole(largest)}`,
        ratios(speeds(rebuildName(name)), speeds(consumeName(topic))),
        (ratio) => ratio >= LEAST_OF_CONSUMING,
      ),
    ),
    judge(
      `rebuild ${ORDERS_PROJECTION}: at least ${TIMES_EMMETT} × Emmett, with none lost, at ${whole(largest)}`,
      ratios(speeds(rebuildName(ORDERS_PROJECTION)), speeds(EMMETT)),
      (ratio) => ratio >= TIMES_EMMETT,
    ),
    ...READ_MODELS.map(({ name }) =>
      judge(
        `rebuild ${name}: time an event at ${whole(largest)} at most ${MOST_TIME_GROWTH} × that at ${whole(smallest)}`,
        largest > smallest ? timeGrowth(outcomes, rebuildName(name), smallest, largest) : undefined,
        (ratio) => ratio <= MOST_TIME_GROWTH,
      ),
    ),
  ];
}

/** Rounds at one size are not those at another: the medians are compared. */
function timeGrowth(
  outcomes: readonly Outcome[],
  name: string,
  smallest: number,
  largest: number,
): Spread | undefined {
  const before = spreadOf(figures(find(outcomes, smallest, name), perSecond));
  const after = spreadOf(figures(find(outcomes, largest, name), perSecond));
  if (!before || !after) return undefined;
  return {
    median: before.median / after.median,
    min: before.min / after.max,
    max: before.max / after.min,
  };
}

function judge(title: string, value: Spread | undefined, isMet: (value: number) => boolean): Verdict {
  if (!value) return { title, value, verdict: 'not measured' };
  return { title, value, verdict: isMet(value.median) ? 'met' : 'missed' };
}
