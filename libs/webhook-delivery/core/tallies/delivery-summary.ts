import { countInto, type DurationHistogram, quantileOf } from './duration-histogram.js';
import type { TallyRange } from './tally-periods.js';

/** The status code of attempts that got no answer. */
export const NO_ANSWER = 0;

/** Attempts of one step that ended with one status code. */
export interface Tally {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly statusCode: number;
  readonly attempts: number;
  readonly durations: DurationHistogram;
}

export interface DeliverySummary {
  readonly attempts: number;
  readonly delivered: number;
  readonly failed: number;
  /** From 0 to 1; `null` without attempts. */
  readonly successRate: number | null;
  /** Of all attempts; `null` without. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly buckets: readonly { readonly from: number; readonly delivered: number; readonly failed: number }[];
  /** Most frequent first; `null` for no answer. */
  readonly statusCodes: readonly { readonly code: number | null; readonly count: number }[];
}

const isSuccess = (statusCode: number): boolean => statusCode >= 200 && statusCode < 300;

/** Sums up the tallies of a subscription. Those outside the range are left out. */
export function summaryOf(tallies: readonly Tally[], { starts, from, stepMs }: TallyRange): DeliverySummary {
  const buckets = starts.map((start) => ({ from: start, delivered: 0, failed: 0 }));
  const codes = new Map<number, number>();
  const durations: number[] = [];
  let [delivered, failed] = [0, 0];
  for (const { startedAt, statusCode, attempts, durations: own } of tallies) {
    const bucket = buckets[Math.floor((startedAt - from) / stepMs)];
    if (!bucket) continue;
    if (isSuccess(statusCode)) {
      bucket.delivered += attempts;
      delivered += attempts;
    } else {
      bucket.failed += attempts;
      failed += attempts;
    }
    codes.set(statusCode, (codes.get(statusCode) ?? 0) + attempts);
    for (const [index, count] of own.entries()) countInto(durations, index, count);
  }
  const attempts = delivered + failed;
  return {
    attempts,
    delivered,
    failed,
    successRate: attempts === 0 ? null : delivered / attempts,
    latencyMs: latencyOf(durations),
    buckets,
    statusCodes: [...codes]
      .toSorted(([codeA, a], [codeB, b]) => b - a || codeA - codeB)
      .map(([code, count]) => ({ code: code === NO_ANSWER ? null : code, count })),
  };
}

function latencyOf(durations: DurationHistogram): DeliverySummary['latencyMs'] {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileOf(durations, share));
  return p50 === undefined || p95 === undefined || p99 === undefined ? null : { p50, p95, p99 };
}
