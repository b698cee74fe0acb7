import { figuresIn, type Outcome } from '../report/report.js';
import type { Contestant } from './contest.js';
import type { Run } from './runs.js';

/** The result of a contestant at one size of the log. */
export interface ProjectOutcome extends Outcome<Contestant, Run> {
  readonly size: number;
}

/** Events lost in any of the runs, which void every number of the contestant. */
export const lostIn = ({ runs }: ProjectOutcome): string | undefined => runs.find(({ lost }) => lost)?.lost;

export const figures = figuresIn<Run, ProjectOutcome>({ voidIn: lostIn });

export const find = (
  outcomes: readonly ProjectOutcome[],
  size: number,
  name: string,
): ProjectOutcome | undefined =>
  outcomes.find((outcome) => outcome.size === size && outcome.contestant.name === name);
