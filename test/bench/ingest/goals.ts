import type { Measurement } from '../measuring/measurement.js';
import { type Goal, judge, type Verdict } from '../report/goals.js';
import { ratios } from '../report/statistics.js';
import {
  BATCHES_IN_FLIGHT,
  EMMETT,
  FENCED,
  figures,
  type IngestOutcome,
  MIDDLE,
  PLAIN_1000,
  PLAIN_SINGLE,
  PRODUCT,
  PRODUCT_JSON,
  PRODUCT_NDJSON,
  type Section,
  throughput,
  TRIVIAL,
  UNSEALED,
} from './contestants.js';

const median = ({ p50 }: Measurement): number => p50;
const difference = (ours: number, theirs: number): number => ours - theirs;

function goalsOf(outcomes: readonly IngestOutcome[]): Partial<Record<Section, readonly Goal[]>> {
  const comparing = (section: Section, concurrency: number | undefined) => {
    const of = (name: string, figure: typeof throughput) =>
      figures(
        outcomes.find(
          ({ contestant }) =>
            contestant.section === section &&
            contestant.concurrency === concurrency &&
            contestant.name === name,
        ),
        figure,
      );
    return (ours: string, theirs: string, figure = throughput, compare?: typeof difference) =>
      ratios(of(ours, figure), of(theirs, figure), compare);
  };
  const single = comparing('single', MIDDLE);
  const sealing = comparing('sealing', MIDDLE);
  const batch = comparing('batch', BATCHES_IN_FLIGHT.at(-1));
  return {
    sealing: [
      {
        title: 'sealing personal data: at least 0.9 × without',
        value: sealing(PRODUCT, UNSEALED),
        isMet: (ratio) => ratio >= 0.9,
      },
    ],
    single: [
      {
        title: 'single at 64: at least 0.6 × the trivial POST',
        value: single(PRODUCT, TRIVIAL),
        isMet: (ratio) => ratio >= 0.6,
      },
      {
        title: 'single at 64: at least 5 × Emmett on Postgres',
        value: single(PRODUCT, EMMETT),
        isMet: (ratio) => ratio >= 5,
      },
      {
        title: 'single at 64: p50 within 3 ms of the trivial POST (ms more)',
        value: single(PRODUCT, TRIVIAL, median, difference),
        isMet: (more) => more <= 3,
      },
      { title: 'fenced appends at 64 × plain produce, one by one', value: single(FENCED, PLAIN_SINGLE) },
    ],
    batch: [
      ...[PRODUCT_JSON, PRODUCT_NDJSON].map((ours) => ({
        title: `batch, ${ours}: at least 0.5 × plain produce of the same bytes`,
        value: batch(ours, PLAIN_1000),
        isMet: (ratio: number) => ratio >= 0.5,
      })),
      { title: 'fenced appends of 1,000 × plain produce of 1,000', value: batch(FENCED, PLAIN_1000) },
    ],
  };
}

export function verdicts(outcomes: readonly IngestOutcome[]): Verdict[] {
  const played = new Set(outcomes.map(({ contestant }) => contestant.section));
  const goals = goalsOf(outcomes);
  return [...played].flatMap((section) => goals[section] ?? []).map(judge);
}
