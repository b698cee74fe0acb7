import type { Contestant } from './contest.js';
import type { Run } from './runs.js';

/** What became of a contestant at one size of the log. */
export interface Outcome {
  readonly size: number;
  readonly contestant: Contestant;
  readonly runs: Run[];
}

/** What was lost in any of the runs; it voids every number of the contestant. */
export const lostIn = ({ runs }: Outcome): string | undefined => runs.find(({ lost }) => lost)?.lost;

/** One figure of every run; none of a contestant whose numbers are void. */
export const figures = (outcome: Outcome | undefined, figure: (run: Run) => number | undefined): number[] =>
  outcome && !lostIn(outcome) ? outcome.runs.flatMap((run) => figure(run) ?? []) : [];

export const find = (outcomes: readonly Outcome[], size: number, name: string): Outcome | undefined =>
  outcomes.find((outcome) => outcome.size === size && outcome.contestant.name === name);
