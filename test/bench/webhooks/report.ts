import { cpus, loadavg } from 'node:os';
import { goalsTable } from '../report/goals-table.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { type Column, short, table, whole } from '../report/table.js';
import { verdicts } from './goals.js';
import { type Options, SECTIONS } from './options.js';
import { figures, find, type Outcome, type Run, voidIn } from './outcome.js';

const right = 'right' as const;
const COLUMNS: readonly Column[] = [
  { title: 'contestant' },
  { title: 'deliveries/s', align: right },
  { title: 'min–max', align: right },
  { title: 'p50 ms', align: right },
  { title: 'p99 ms', align: right },
  { title: 'order ms', align: right },
  { title: 'CPU µs', align: right },
  { title: 'MiB', align: right },
  { title: 'endpoints', align: right },
  { title: 'so many times as fast as' },
];

/** What the numbers are worth: on which machine, and what outlives a loss of power. */
export function circumstances({ rounds, seconds, separate, forgetfulPostgres }: Options): string[] {
  const [cpu] = cpus();
  const load = loadavg()[0] ?? 0;
  return [
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s, in which all take turns. ${cpus().length} × ${cpu?.model ?? 'CPU'}, shared by`,
    `servers, product, producers and endpoints; load average at the start ${load.toFixed(1)}. Node ${process.versions.node}.`,
    'Kafka acknowledges without fsync;',
    `Postgres ${forgetfulPostgres ? 'without fsync, as was asked for' : 'with fsync at every commit'}.`,
    `${separate ? 'Each app is a process of its own' : 'The product is one process; for sections many and backlog, one for each app'}.`,
    'p50 and p99 go from the order sent to the webhook received, “order” to its acknowledgement (p50). CPU µs is what the',
    'process that delivers takes for one delivery, MiB its peak, “endpoints” what all of them take of one core.',
  ];
}

export function results(outcomes: readonly Outcome[]): string[] {
  const rows: (string[] | string)[] = [];
  let last: string | undefined;
  for (const outcome of outcomes) {
    const { section } = outcome.contestant;
    if (section !== last) rows.push('', SECTIONS[section]);
    last = section;
    rows.push(rowOf(outcome, outcomes), ...linesOf(outcome));
  }
  return table(COLUMNS, rows);
}

function rowOf(outcome: Outcome, all: readonly Outcome[]): string[] {
  const name = `  ${outcome.contestant.name}`;
  const { absence } = outcome;
  const reason = absence ?? voidIn(outcome);
  if (reason) return [name, absence ? '–' : 'void', '', '', '', '', '', '', '', reason];
  const speed = spreadOf(figures(outcome, ({ perSecond }) => perSecond));
  const middle = (figure: (run: Run) => number | undefined, text = short): string => {
    const spread = spreadOf(figures(outcome, figure));
    return spread ? text(spread.median) : '';
  };
  return [
    name,
    speed ? whole(speed.median) : '',
    speed ? `${whole(speed.min)}–${whole(speed.max)}` : '',
    middle(({ p50 }) => p50),
    middle(({ p99 }) => p99),
    middle(({ orderP50 }) => orderP50),
    middle(({ cpuMicros }) => cpuMicros),
    middle(({ peakMib }) => peakMib, whole),
    middle(
      ({ receiverShare }) => receiverShare && receiverShare * 100,
      (percent) => `${whole(percent)} %`,
    ),
    ratiosOf(outcome, all),
  ];
}

/** What the last run has to say beside its numbers. */
function linesOf({ runs }: Outcome): string[] {
  const { note, ledger } = runs.at(-1) ?? {};
  return [note, ledger].flatMap((line) => (line === undefined ? [] : [`      ${line}`]));
}

function ratiosOf(outcome: Outcome, all: readonly Outcome[]): string {
  const speed = ({ perSecond }: Run) => perSecond;
  const { section, against } = outcome.contestant;
  return against
    .flatMap((name) => {
      const ratio = ratios(figures(outcome, speed), figures(find(all, section, name), speed));
      return ratio ? [`${short(ratio.median)} ${name}`] : [];
    })
    .join(' · ');
}

export const goals = (outcomes: readonly Outcome[], options: Options): string[] =>
  goalsTable(verdicts(outcomes, options));

/** Everything, for those who compare runs. */
export const rawResults = (options: Options, startedAt: Date, outcomes: readonly Outcome[]) => ({
  bench: 'webhooks',
  startedAt: startedAt.toISOString(),
  machine: { cpus: cpus().length, model: cpus()[0]?.model, platform: process.platform },
  node: process.versions.node,
  options,
  fsync: { kafka: false, postgres: !options.forgetfulPostgres },
  contestants: outcomes.map(({ contestant: { section, name }, runs, absence }) => ({
    section,
    name,
    absence,
    runs,
  })),
  goals: verdicts(outcomes, options),
});
