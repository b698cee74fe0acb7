import type { Measurement } from '../measuring/measurement.js';
import { ratios } from '../report/statistics.js';
import {
  BATCHES_IN_FLIGHT,
  EMMETT,
  FENCED,
  MIDDLE,
  PLAIN_1000,
  PLAIN_SINGLE,
  PRODUCT,
  PRODUCT_JSON,
  PRODUCT_NDJSON,
  type Section,
  TRIVIAL,
} from './contestants.js';
import { figures, type IngestOutcome, throughput } from './outcome.js';
import { judge, type Verdict } from '../report/goals.js';

interface Goal {
  readonly section: Section;
  readonly concurrency: number;
  readonly ours: string;
  readonly theirs: string;
  readonly title: string;
  readonly figure: (measurement: Measurement) => number;
  readonly compare?: (ours: number, theirs: number) => number;
  /** Shown without a verdict where there is none. */
  readonly isMet?: (value: number) => boolean;
}

const median = ({ p50 }: Measurement): number => p50;
const AT_MIDDLE = { section: 'single', concurrency: MIDDLE } as const;
const BATCHED = { section: 'batch', concurrency: BATCHES_IN_FLIGHT.at(-1) ?? 1 } as const;

const GOALS: readonly Goal[] = [
  {
    ...AT_MIDDLE,
    ours: PRODUCT,
    theirs: TRIVIAL,
    title: 'single at 64: at least 0.6 × the trivial POST',
    figure: throughput,
    isMet: (ratio) => ratio >= 0.6,
  },
  {
    ...AT_MIDDLE,
    ours: PRODUCT,
    theirs: EMMETT,
    title: 'single at 64: at least 5 × Emmett on Postgres',
    figure: throughput,
    isMet: (ratio) => ratio >= 5,
  },
  {
    ...AT_MIDDLE,
    ours: PRODUCT,
    theirs: TRIVIAL,
    title: 'single at 64: p50 within 3 ms of the trivial POST (ms more)',
    figure: median,
    compare: (ours, theirs) => ours - theirs,
    isMet: (more) => more <= 3,
  },
  ...[PRODUCT_JSON, PRODUCT_NDJSON].map((ours) => ({
    ...BATCHED,
    ours,
    theirs: PLAIN_1000,
    title: `batch, ${ours}: at least 0.5 × plain produce of the same bytes`,
    figure: throughput,
    isMet: (ratio: number) => ratio >= 0.5,
  })),
  {
    ...BATCHED,
    ours: FENCED,
    theirs: PLAIN_1000,
    title: 'fenced appends of 1,000 × plain produce of 1,000',
    figure: throughput,
  },
  {
    ...AT_MIDDLE,
    ours: FENCED,
    theirs: PLAIN_SINGLE,
    title: 'fenced appends at 64 × plain produce, one by one',
    figure: throughput,
  },
];

export function verdicts(outcomes: readonly IngestOutcome[]): Verdict[] {
  const played = new Set(outcomes.map(({ contestant }) => contestant.section));
  const goals = GOALS.filter(({ section }) => played.has(section));
  return goals.map(({ section, concurrency, ours, theirs, title, figure, compare, isMet }) => {
    const find = (name: string) =>
      outcomes.find(
        ({ contestant }) =>
          contestant.section === section &&
          contestant.concurrency === concurrency &&
          contestant.name === name,
      );
    const value = ratios(figures(find(ours), figure), figures(find(theirs), figure), compare);
    return judge({ title, value, isMet });
  });
}
