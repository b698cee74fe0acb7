import type { StatisticsRange } from '#libs/persistence';
import { invalidRequest } from '#libs/platform';
import type { OrderStatisticsQuery } from './order-statistics.schemas.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const PERIOD_MS = { hour: HOUR_MS, day: DAY_MS };
const DEFAULT_MS = { hour: DAY_MS, day: 30 * DAY_MS };
const MAX_PERIODS = 1_000;

/** The whole periods that a query is about. @throws ProblemException when there are none, or too many. */
export function statisticsRange({ by, from, to }: OrderStatisticsQuery, now: number): StatisticsRange {
  const end = to === undefined ? now : Date.parse(to);
  const start = from === undefined ? end - DEFAULT_MS[by] : Date.parse(from);
  if (start >= end) throw wrongFrom(`must be before ${to === undefined ? 'now' : 'to'}`);
  const first = Math.floor(start / PERIOD_MS[by]);
  const last = Math.ceil(end / PERIOD_MS[by]);
  if (last - first > MAX_PERIODS) {
    throw wrongFrom(`must leave at most ${MAX_PERIODS} periods, not ${last - first}`);
  }
  return { by, from: new Date(first * PERIOD_MS[by]), to: new Date(last * PERIOD_MS[by]) };
}

const wrongFrom = (message: string) => invalidRequest([{ path: ['from'], message }]);
