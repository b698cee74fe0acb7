import { cpus, loadavg } from 'node:os';
import { goalsTable } from '../report/goals-table.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { type Column, short, table, whole } from '../report/table.js';
import { verdicts } from './goals.js';
import { figures, find, lostIn, type Outcome } from './outcome.js';
import type { Options } from './options.js';
import { perSecond, type Phases, type Run } from './runs.js';

const right = 'right' as const;
const COLUMNS: readonly Column[] = [
  { title: 'contestant' },
  { title: 'events/s', align: right },
  { title: 'min–max', align: right },
  { title: 'CPU µs', align: right },
  { title: 'rows/s', align: right },
  { title: 'load', align: right },
  { title: 'check', align: right },
  { title: 'index', align: right },
  { title: 'switch', align: right },
  { title: 'so many times as fast as' },
];

/** What the numbers are worth: on which machine, and what outlives a loss of power. */
export function circumstances({ forgetfulPostgres }: Options): string[] {
  const [cpu] = cpus();
  const load = loadavg()[0] ?? 0;
  return [
    `Medians of rounds in which all take turns. ${cpus().length} × ${cpu?.model ?? 'CPU'}, shared by servers and contestant;`,
    `load average at the start ${load.toFixed(1)}. Node ${process.versions.node}. Kafka acknowledges without fsync;`,
    `Postgres ${forgetfulPostgres ? 'without fsync, as was asked for' : 'with fsync at every commit'}.`,
    'Each run is a process of its own that begins cold. A rebuild counts from its start to the switch, consuming from its',
    'first fetch. CPU µs is what that process takes for one event, the servers apart. rows/s are rows of Postgres for each',
    'second of the load; load, check, index and switch are seconds.',
  ];
}

export function results(outcomes: readonly Outcome[]): string[] {
  const rows: (string[] | string)[] = [];
  let last: number | undefined;
  for (const outcome of outcomes) {
    if (outcome.size !== last)
      rows.push(
        '',
        `${whole(outcome.size)} order events, ${outcome.runs.length} ${outcome.runs.length === 1 ? 'round' : 'rounds'}`,
      );
    last = outcome.size;
    rows.push(rowOf(outcome, outcomes));
  }
  return table(COLUMNS, rows);
}

function rowOf(outcome: Outcome, all: readonly Outcome[]): string[] {
  const name = `  ${outcome.contestant.name}`;
  const lost = lostIn(outcome);
  if (lost) return [name, 'void', '', '', '', '', '', '', '', lost];
  const speed = spreadOf(figures(outcome, perSecond));
  const middle = (figure: (run: Run) => number | undefined, text = short): string => {
    const spread = spreadOf(figures(outcome, figure));
    return spread ? text(spread.median) : '';
  };
  const phase = (part: keyof Phases) => middle(({ phases }) => phases?.[part]);
  return [
    name,
    whole(speed?.median ?? 0),
    `${whole(speed?.min ?? 0)}–${whole(speed?.max ?? 0)}`,
    middle(({ cpuMicros }) => cpuMicros),
    middle(({ rows, phases }) => (rows !== undefined && phases ? rows / phases.load : undefined), whole),
    phase('load'),
    phase('check'),
    phase('index'),
    phase('switch'),
    [...ratiosOf(outcome, all), ...joiningOf(outcome)].join(' · '),
  ];
}

function ratiosOf(outcome: Outcome, all: readonly Outcome[]): string[] {
  return outcome.contestant.against.flatMap((name) => {
    const other = find(all, outcome.size, name);
    const ratio = ratios(figures(outcome, perSecond), figures(other, perSecond));
    return ratio ? [`${short(ratio.median)} ${name}`] : [];
  });
}

function joiningOf(outcome: Outcome): string[] {
  const speed = spreadOf(
    figures(outcome, ({ events, secondsWithJoining: seconds }) => seconds && events / seconds),
  );
  return speed ? [`${whole(speed.median)}/s with joining its group`] : [];
}

export const goals = (outcomes: readonly Outcome[]): string[] => goalsTable(verdicts(outcomes));

/** Everything, for those who compare runs. */
export const rawResults = (options: Options, startedAt: Date, outcomes: readonly Outcome[]) => ({
  bench: 'project',
  startedAt: startedAt.toISOString(),
  machine: { cpus: cpus().length, model: cpus()[0]?.model, platform: process.platform },
  node: process.versions.node,
  options,
  fsync: { kafka: false, postgres: !options.forgetfulPostgres },
  contestants: outcomes.map(({ size, contestant, runs }) => ({ size, name: contestant.name, runs })),
  goals: verdicts(outcomes),
});
