import type { Answer } from '../../api/answer';
import { countText as numberText } from '../../parts/numbers';

export type Overview = Answer<'/v1/operations/overview'>;
export type OverviewNow = Omit<Overview, 'series'>;

/** Ten minutes of a point for each five seconds. */
const MOST_POINTS = 120;
const POINT_MS = 5_000;

/** The overview with what is new; its series grows by a point every five seconds. */
export function withPoint(before: Overview | undefined, now: OverviewNow): Overview {
  const series = before?.series ?? [];
  const last = series.at(-1);
  const isDue = last === undefined || Date.parse(now.at) - Date.parse(last.at) >= POINT_MS;
  const { at, ordersPerSecond, eventsPerSecond, appendP99Ms } = now;
  const point = { at, ordersPerSecond, eventsPerSecond, appendP99Ms };
  return { ...now, series: isDue ? [...series, point].slice(-MOST_POINTS) : series };
}

export const pointsOf = ({ series }: Overview) => ({
  times: series.map(({ at }) => Date.parse(at) / 1_000),
  orders: series.map(({ ordersPerSecond = null }) => ordersPerSecond),
  events: series.map(({ eventsPerSecond = null }) => eventsPerSecond),
  appendP99Ms: series.map(({ appendP99Ms = null }) => appendP99Ms),
});

interface Count {
  readonly count: number;
  readonly countIsLowerBound?: boolean;
}

export const countText = (counted: Count | undefined): string | undefined =>
  counted && `${numberText(counted.count)}${counted.countIsLowerBound ? ' or more' : ''}`;
