import { cpus, loadavg } from 'node:os';
import { goalsTable } from '../report/goals-table.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { type Column, short, table, whole } from '../report/table.js';
import { SECTIONS } from './contestants.js';
import { verdicts } from './goals.js';
import { failuresOf, figures, isValid, type Outcome, throughput } from './outcome.js';
import type { Options } from './options.js';

const COLUMNS: readonly Column[] = [
  { title: 'contestant' },
  { title: 'in flight', align: 'right' },
  { title: 'events/s', align: 'right' },
  { title: 'min–max', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'CPU µs', align: 'right' },
  { title: 'so many times as fast as' },
];

/** What the numbers are worth: on which machine, and what outlives a loss of power. */
export function circumstances({ rounds, seconds, forgetfulPostgres }: Options): string[] {
  const [cpu] = cpus();
  const load = loadavg()[0] ?? 0;
  return [
    `Medians of ${rounds} rounds of ${seconds} s, in which all take turns. ${cpus().length} × ${cpu?.model ?? 'CPU'}, shared by`,
    `servers, contestant and load generator; load average at the start ${load.toFixed(1)}. Node ${process.versions.node}.`,
    'Durability: one Kafka broker, which acknowledges without fsync (acks=all; replication is its durability);',
    `Postgres ${forgetfulPostgres ? 'without fsync, as was asked for' : 'with fsync at every commit'}.`,
    'p50 and p99 are of requests. CPU µs is what the process under test takes for one event, its servers apart.',
  ];
}

export function results(outcomes: readonly Outcome[]): string[] {
  const rows: (string[] | string)[] = [];
  let last: string | undefined;
  for (const outcome of outcomes) {
    const { section, concurrency } = outcome.contestant;
    const group = `${section}/${concurrency}`;
    if (!last?.startsWith(`${section}/`)) rows.push('', SECTIONS[section]);
    else if (group !== last) rows.push('');
    last = group;
    rows.push(rowOf(outcome, outcomes));
  }
  return table(COLUMNS, rows);
}

function rowOf(outcome: Outcome, all: readonly Outcome[]): string[] {
  const { contestant, absence } = outcome;
  const start = [`  ${contestant.name}`, whole(contestant.concurrency)];
  if (absence) return [...start, '–', '', '', '', '', absence];
  if (!isValid(outcome)) {
    const failures = Object.entries(failuresOf(outcome)).map(([kind, count]) => `${kind} × ${whole(count)}`);
    return [
      ...start,
      'void',
      '',
      '',
      '',
      '',
      failures.length > 0 ? `failed: ${failures.join(', ')}` : 'a round without an answer in time',
    ];
  }
  const speed = spreadOf(figures(outcome, throughput));
  const middle = (values: number[]) => short(spreadOf(values)?.median ?? Number.NaN);
  const cpu = outcome.rounds.flatMap(({ cpuMicros }) => cpuMicros ?? []);
  return [
    ...start,
    whole(speed?.median ?? 0),
    `${whole(speed?.min ?? 0)}–${whole(speed?.max ?? 0)}`,
    middle(figures(outcome, ({ p50 }) => p50)),
    middle(figures(outcome, ({ p99 }) => p99)),
    cpu.length > 0 ? middle(cpu) : '',
    ratiosOf(outcome, all),
  ];
}

function ratiosOf(outcome: Outcome, all: readonly Outcome[]): string {
  const { section, concurrency, against } = outcome.contestant;
  return against
    .flatMap((name) => {
      const other = all.find(
        ({ contestant }) =>
          contestant.section === section &&
          contestant.concurrency === concurrency &&
          contestant.name === name,
      );
      const ratio = ratios(figures(outcome, throughput), figures(other, throughput));
      return ratio ? [`${short(ratio.median)} ${name}`] : [];
    })
    .join(' · ');
}

export function goals(outcomes: readonly Outcome[]): string[] {
  const found = verdicts(outcomes);
  return found.length === 0 ? [] : goalsTable(found);
}

/** Everything, for those who compare runs. */
export const rawResults = (options: Options, startedAt: Date, outcomes: readonly Outcome[]) => ({
  bench: 'ingest',
  startedAt: startedAt.toISOString(),
  machine: { cpus: cpus().length, model: cpus()[0]?.model, platform: process.platform },
  node: process.versions.node,
  options,
  fsync: { kafka: false, postgres: !options.forgetfulPostgres },
  contestants: outcomes.map(({ contestant, rounds, absence }) => {
    const { section, name, concurrency, eventsEach } = contestant;
    return { section, name, concurrency, eventsEach, absence, rounds };
  }),
  goals: verdicts(outcomes),
});
