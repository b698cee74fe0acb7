import type { Measurement } from '../measuring/measurement.js';
import type { Contestant } from './contestants.js';

/** What became of a contestant. */
export interface Outcome {
  readonly contestant: Contestant;
  readonly rounds: Measurement[];
  /** Why it did not take part. */
  readonly absence?: string | undefined;
}

/** What failed, by kind, over all rounds; it voids every number of the contestant. */
export function failuresOf({ rounds }: Outcome): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { failures } of rounds) {
    for (const [kind, count] of Object.entries(failures)) all[kind] = (all[kind] ?? 0) + count;
  }
  return all;
}

/** Whether every round gave a number, and no request failed. */
export const isValid = (outcome: Outcome): boolean =>
  outcome.rounds.length > 0 &&
  outcome.rounds.every(({ perSecond }) => perSecond > 0) &&
  Object.keys(failuresOf(outcome)).length === 0;

/** One figure of every round; none of a contestant whose numbers are void. */
export const figures = (
  outcome: Outcome | undefined,
  figure: (measurement: Measurement) => number,
): number[] => (outcome && isValid(outcome) ? outcome.rounds.map(figure) : []);

export const throughput = ({ perSecond }: Measurement): number => perSecond;
