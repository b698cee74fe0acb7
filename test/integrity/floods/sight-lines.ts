import { percentile } from '../../bench/report/statistics.js';
import type { Sight } from './bystander.js';

const MOST_FAILURES = 5;

export function sightLines(title: string, sight: Sight): string[] {
  const worst = (share: number, durations: readonly number[]): string => {
    const ms = percentile(Float64Array.from(durations).toSorted(), share) || 0;
    return `${Math.round(ms)} ms`;
  };
  const { healthMs, ordersMs, readsMs, deliveriesMs, peakMib } = sight;
  return [
    `${title}: health at most ${worst(1, healthMs)}; p99 of orders ${worst(0.99, ordersMs)}, reads ${worst(0.99, readsMs)}, ` +
      `deliveries ${worst(0.99, deliveriesMs)}; ${Math.round(peakMib)} MiB`,
    ...[...new Set(sight.failures)].slice(0, MOST_FAILURES).map((failure) => `    ${failure}`),
  ];
}
