import { ORDER_AGGREGATE } from '#libs/orders';
import { READ_MODELS } from '#libs/projections/read-models';
import { ratios, type Spread, spreadOf } from '../report/statistics.js';
import { whole } from '../report/table.js';
import {
  consumeName,
  EMMETT,
  figures,
  find,
  mainTopicOf,
  type ProjectOutcome,
  rebuildName,
} from './contest.js';
import { perSecond } from './runs.js';
import { judge, type Verdict } from '../report/goals.js';

const LEAST_OF_CONSUMING = 0.5;
const TIMES_EMMETT = 10;
const MOST_TIME_GROWTH = 1.2;

/** Speeds are judged where the log is longest: there, what a rebuild costs but once counts least. */
export function verdicts(outcomes: readonly ProjectOutcome[]): Verdict[] {
  const sizes = outcomes.map(({ size }) => size);
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  const speeds = (name: string) => figures(find(outcomes, largest, name), perSecond);
  return [
    ...READ_MODELS.map(({ name, topics }) =>
      judge({
        title: `rebuild ${name}: at least ${LEAST_OF_CONSUMING} × consume and decode, at ${whole(largest)}`,
        value: ratios(speeds(rebuildName(name)), speeds(consumeName(mainTopicOf(topics)))),
        isMet: (ratio) => ratio >= LEAST_OF_CONSUMING,
      }),
    ),
    judge({
      title: `rebuild ${ORDER_AGGREGATE.table.projection}: at least ${TIMES_EMMETT} × Emmett, with none lost, at ${whole(largest)}`,
      value: ratios(speeds(rebuildName(ORDER_AGGREGATE.table.projection)), speeds(EMMETT)),
      isMet: (ratio) => ratio >= TIMES_EMMETT,
    }),
    ...READ_MODELS.map(({ name }) =>
      judge({
        title: `rebuild ${name}: time an event at ${whole(largest)} at most ${MOST_TIME_GROWTH} × that at ${whole(smallest)}`,
        value: largest > smallest ? timeGrowth(outcomes, rebuildName(name), smallest, largest) : undefined,
        isMet: (ratio) => ratio <= MOST_TIME_GROWTH,
      }),
    ),
  ];
}

/** Rounds at different sizes do not correspond, so medians are compared. */
function timeGrowth(
  outcomes: readonly ProjectOutcome[],
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
