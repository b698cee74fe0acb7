import { percentile } from '../../bench/report/statistics.js';
import type { Sight } from './bystander.js';

const MOST_FAILURES = 5;

/** Describes what was observed, and what went wrong. */
export function sightLines(title: string, sight: Sight): string[] {
  const [health, orders, reads, deliveries] = [
    Math.max(0, ...sight.healthMs),
    ...[sight.ordersMs, sight.readsMs, sight.deliveriesMs].map((all) =>
      all.length === 0
        ? 0
        : percentile(
            all.toSorted((a, b) => a - b),
            0.99,
          ),
    ),
  ].map((ms) => `${Math.round(ms)} ms`);
  return [
    `${title}: health at most ${health}; p99 of orders ${orders}, reads ${reads}, deliveries ${deliveries}; ` +
      `${Math.round(sight.peakMib)} MiB`,
    ...[...new Set(sight.failures)].slice(0, MOST_FAILURES).map((failure) => `    ${failure}`),
  ];
}
