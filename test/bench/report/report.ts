import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { goalsTable, type Verdict } from './goals.js';
import { ratios, type Spread, spreadOf } from './statistics.js';
import { short, table, whole } from './table.js';

export interface Competing {
  readonly name: string;
  /** Names of its rivals, as multiples of whose throughput its own is told. */
  readonly against: readonly string[];
  /** One round is enough. */
  readonly once?: boolean;
}

export interface Outcome<Contestant extends Competing, Run> {
  readonly contestant: Contestant;
  readonly runs: Run[];
  /** Why it did not take part, if so. */
  readonly absence?: string | undefined;
}

export type Figure<Run> = (run: Run) => number | undefined;

interface Column<Run> {
  readonly title: string;
  readonly figure: Figure<Run>;
  readonly text?: (value: number) => string;
}

/** How one bench shows its outcomes. */
export interface Layout<Run, Shown extends Outcome<Competing, Run>> {
  readonly bench: string;
  /** What each number is the median of, and who shares the machine. */
  readonly medians: string;
  readonly sharedBy: string;
  readonly legend: readonly string[];
  /** Beside the name. */
  readonly label?: { readonly title: string; readonly of: (outcome: Shown) => string };
  readonly throughput: Column<Run>;
  /** Shown as medians. */
  readonly columns: readonly Column<Run>[];
  /** Lines before an outcome that begins a group. */
  readonly heading: (outcome: Shown, before: Shown | undefined) => readonly string[];
  /** Why the numbers of a contestant are worth nothing, if so. */
  readonly voidIn: (outcome: Shown) => string | undefined;
  /** Whether the two compete. */
  readonly isRival: (one: Shown, other: Shown) => boolean;
  /** Said beside the ratios. */
  readonly remarks?: (outcome: Shown) => readonly string[];
  /** Lines below. */
  readonly notes?: (outcome: Shown) => readonly string[];
  readonly verdicts: (outcomes: readonly Shown[]) => readonly Verdict[];
  /** A contestant in the file of `--json`, with every run. */
  readonly listed: (outcome: Shown) => object;
}

/** One figure of every run; none of a contestant whose numbers are void. */
export const figuresIn =
  <Run, Shown extends Outcome<Competing, Run>>({ voidIn }: Pick<Layout<Run, Shown>, 'voidIn'>) =>
  (outcome: Shown | undefined, figure: Figure<Run>): number[] =>
    outcome && !voidIn(outcome) ? outcome.runs.flatMap((run) => figure(run) ?? []) : [];

function resultsTable<Run, Shown extends Outcome<Competing, Run>>(
  layout: Layout<Run, Shown>,
  outcomes: readonly Shown[],
): string[] {
  const { label, throughput, columns } = layout;
  const right = 'right' as const;
  const titles = [
    { title: 'contestant' },
    ...(label ? [{ title: label.title, align: right }] : []),
    { title: throughput.title, align: right },
    { title: 'min–max', align: right },
    ...columns.map(({ title }) => ({ title, align: right })),
    {
      title: outcomes.some(({ contestant }) => contestant.against.length > 0)
        ? 'so many times as fast as'
        : '',
    },
  ];
  const rows = outcomes.flatMap((outcome, index) => [
    ...layout.heading(outcome, outcomes[index - 1]),
    rowOf(layout, outcome, outcomes),
    ...(layout.notes?.(outcome) ?? []).map((line) => `      ${line}`),
  ]);
  return table(titles, rows);
}

function rowOf<Run, Shown extends Outcome<Competing, Run>>(
  layout: Layout<Run, Shown>,
  outcome: Shown,
  all: readonly Shown[],
): string[] {
  const { label, throughput, columns, voidIn, isRival, remarks } = layout;
  const { contestant, absence } = outcome;
  const start = [`  ${contestant.name}`, ...(label ? [label.of(outcome)] : [])];
  const reason = absence ?? voidIn(outcome);
  if (reason) return [...start, absence ? '–' : 'void', '', ...columns.map(() => ''), reason];
  const figures = figuresIn<Run, Shown>(layout);
  const textOf = (spread: Spread | undefined, text: (value: number) => string = short) =>
    spread ? text(spread.median) : '';
  const speed = spreadOf(figures(outcome, throughput.figure));
  const times = contestant.against.flatMap((name) => {
    const rival = all.find((other) => isRival(outcome, other) && other.contestant.name === name);
    const ratio = ratios(figures(outcome, throughput.figure), figures(rival, throughput.figure));
    return ratio ? [`${short(ratio.median)} ${name}`] : [];
  });
  return [
    ...start,
    textOf(speed, whole),
    speed ? `${whole(speed.min)}–${whole(speed.max)}` : '',
    ...columns.map(({ figure, text }) => textOf(spreadOf(figures(outcome, figure)), text)),
    [...times, ...(remarks?.(outcome) ?? [])].join(' · '),
  ];
}

export interface CommonOptions {
  readonly json: string | undefined;
  readonly forgetfulPostgres: boolean;
}

/**
 * Notes the machine and the durability that the numbers depend on, before the load begins.
 * @returns prints the report, and writes every number to the file of `--json`, for comparing runs
 */
export function beginReport<Run, Shown extends Outcome<Competing, Run>>(
  options: CommonOptions,
  layout: Layout<Run, Shown>,
): (outcomes: readonly Shown[]) => void {
  const { bench, medians, sharedBy, legend } = layout;
  const startedAt = new Date().toISOString();
  const { length: count } = cpus();
  const model = cpus()[0]?.model;
  const heading = [
    `Medians of ${medians}, in which all take turns. ${count} × ${model ?? 'CPU'}, shared by`,
    `${sharedBy}; load average at the start ${(loadavg()[0] ?? 0).toFixed(1)}. Node ${process.versions.node}.`,
    'Durability: one Kafka broker, which acknowledges without fsync (acks=all; replication is its durability);',
    `Postgres ${options.forgetfulPostgres ? 'without fsync, as was asked for' : 'with fsync at every commit'}.`,
    ...legend,
  ];
  return (outcomes) => {
    const goals = layout.verdicts(outcomes);
    print(['', ...heading, '', ...resultsTable(layout, outcomes), ...goalsTable(goals)]);
    if (!options.json) return;
    const everything = {
      bench,
      startedAt,
      machine: { cpus: count, model, platform: process.platform },
      node: process.versions.node,
      options,
      fsync: { kafka: false, postgres: !options.forgetfulPostgres },
      contestants: outcomes.map(layout.listed),
      goals,
    };
    writeFileSync(options.json, `${JSON.stringify(everything, null, 2)}\n`);
  };
}

export const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** Plays round after round. Neighbours compete, so they follow each other closely; another one begins each round. */
export async function playRounds<Contestant extends Competing, Run>(
  outcomes: readonly Outcome<Contestant, Run>[],
  rounds: number,
  play: (contestant: Contestant, round: string) => Promise<Run>,
): Promise<void> {
  const taking = outcomes.filter(({ absence }) => !absence);
  for (let round = 0; round < rounds; round++) {
    const first = round % Math.max(1, taking.length);
    for (const { contestant, runs } of [...taking.slice(first), ...taking.slice(0, first)]) {
      if (contestant.once && round > 0) continue;
      runs.push(await play(contestant, `round ${round + 1} of ${rounds}: ${contestant.name}`));
    }
  }
}

export const failuresText = (failures: Readonly<Record<string, number>>): string =>
  Object.entries(failures)
    .map(([kind, count]) => `${kind} × ${whole(count)}`)
    .join(', ');
