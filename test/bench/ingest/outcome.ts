import type { Measurement } from '../measuring/measurement.js';
import { failuresText, figuresIn, type Outcome } from '../report/report.js';
import type { Contestant } from './contestants.js';

export type IngestOutcome = Outcome<Contestant, Measurement>;

/** A failure voids every number of the contestant, as does a round without one. */
export function voidIn({ runs }: IngestOutcome): string | undefined {
  const all: Record<string, number> = {};
  for (const { failures } of runs) {
    for (const [kind, count] of Object.entries(failures)) all[kind] = (all[kind] ?? 0) + count;
  }
  if (Object.keys(all).length > 0) return `failed: ${failuresText(all)}`;
  const isMeasured = runs.length > 0 && runs.every(({ perSecond }) => perSecond > 0);
  return isMeasured ? undefined : 'a round without an answer in time';
}

export const figures = figuresIn<Measurement, IngestOutcome>({ voidIn });

export const throughput = ({ perSecond }: Measurement): number => perSecond;
