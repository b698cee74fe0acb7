import { perSecond, type Run } from '../project/runs.js';
import { judge } from '../report/goals.js';
import { type Competing, figuresIn, type Layout, type Outcome } from '../report/report.js';
import { ratios } from '../report/statistics.js';

export interface ExportContestant extends Competing {
  run(): Promise<Run>;
}

export type ExportOutcome = Outcome<ExportContestant, Run>;

export const CONSUME = 'consume and decode';
export const EXPORT = 'export to Parquet';
export const SQL = 'SQL over the log';
export const PYTHON = 'Python reader';

const LEAST_OF_CONSUMING = 0.5;

const voidIn = ({ runs }: ExportOutcome): string | undefined => runs.find(({ lost }) => lost)?.lost;
const figures = figuresIn<Run, ExportOutcome>({ voidIn });

export const LAYOUT: Layout<Run, ExportOutcome> = {
  bench: 'export',
  medians: 'rounds',
  sharedBy: 'broker and contestant',
  legend: [
    'Each run is a process of its own that begins cold. CPU µs is what that process takes for one event, the broker apart.',
    'The files are counted afterwards, and every event must be there once. SQL is asked about every event of the topic.',
  ],
  throughput: { title: 'events/s', figure: perSecond },
  columns: [{ title: 'CPU µs', figure: ({ cpuMicros }) => cpuMicros }],
  heading: () => [],
  voidIn,
  isRival: () => true,
  verdicts: (outcomes) => {
    const speeds = (name: string) =>
      figures(
        outcomes.find(({ contestant }) => contestant.name === name),
        perSecond,
      );
    return [
      judge({
        title: `export to Parquet: at least ${LEAST_OF_CONSUMING} × consume and decode`,
        value: ratios(speeds(EXPORT), speeds(CONSUME)),
        isMet: (ratio) => ratio >= LEAST_OF_CONSUMING,
      }),
    ];
  },
  listed: ({ contestant: { name }, runs, absence }) => ({ name, runs, absence }),
};
