import { clampToInstant } from '#libs/kernel';
import type { StatisticsRange } from '#libs/projections/read-models';
import { invalidRequest } from '#libs/platform';
import type { OrderStatisticsQuery } from '#libs/orders/http';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const PERIOD_MS = { hour: HOUR_MS, day: DAY_MS };
const DEFAULT_MS = { hour: DAY_MS, day: 30 * DAY_MS };
const MAX_PERIODS = 1_000;

/** The whole periods of a query. @throws ProblemException if there are none or too many */
export function statisticsRange({ by, from, to }: OrderStatisticsQuery, now: number): StatisticsRange {
  const end = to ?? now;
  const start = from ?? end - DEFAULT_MS[by];
  if (start >= end) throw wrongFrom(`must be before ${to === undefined ? 'now' : 'to'}`);
  const first = Math.floor(start / PERIOD_MS[by]);
  const last = Math.ceil(end / PERIOD_MS[by]);
  if (last - first > MAX_PERIODS) {
    throw wrongFrom(`must leave at most ${MAX_PERIODS} periods, not ${last - first}`);
  }
  // The outermost periods are cut off at the limits of time.
  return {
    by,
    from: clampToInstant(first * PERIOD_MS[by]),
    to: clampToInstant(last * PERIOD_MS[by]),
  };
}

const wrongFrom = (message: string) => invalidRequest([{ path: ['from'], message }]);
