import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { BacklogSample } from './backlog-course.js';
import { print } from '../report/report.js';
import { spreadOf } from '../report/statistics.js';
import { short, table, whole } from '../report/table.js';
import { type Role, ROLES } from './deployment.js';
import { type Mode, MODES, type Options } from './options.js';
import type { Run } from './shift.js';
import { SKUS } from './skus.js';
import { STEPS } from './steps.js';

export interface Outcome {
  readonly mode: Mode;
  /** One for each round, at the rate that was asked for. */
  readonly runs: Run[];
  /** The best of the steady ones, and all that were tried. */
  highest?: Run;
  readonly tried: { readonly perSecond: number; readonly run: Run }[];
  readonly overloads: { readonly title: string; readonly run: Run }[];
}

const NAMES = Object.keys(ROLES) as Role[];
/** Moments of a course that are shown. */
const MOMENTS = 8;

export function report(outcomes: readonly Outcome[], options: Options, load: number): void {
  const { rate, seconds, rounds } = options;
  const right = 'right' as const;
  const rows = outcomes.flatMap(({ mode, runs, highest, tried, overloads }) => [
    MODES[mode],
    figures(`at ${rate} orders/s`, runs),
    ...details(runs),
    ...(highest ? [figures('at the highest steady rate', [highest]), ...details([highest])] : []),
    ...tried.map(({ perSecond, run }) => `      tried ${whole(perSecond)}/s: ${verdict(run)}`),
    ...overloads.flatMap(({ title, run }) => [`  ${title}`, ...courseOf(run)]),
  ]);
  const columns = [
    { title: 'contestant' },
    { title: 'orders/s', align: right },
    { title: 'confirmed p50 ms', align: right },
    { title: 'p99', align: right },
    { title: 'heard p50 ms', align: right },
    { title: 'p99', align: right },
    { title: 'CPU µs/order', align: right },
    { title: '' },
  ];
  print([
    '',
    `Medians of ${rounds} rounds of ${seconds} s, in which the modes take turns; from the order sent to its event`,
    '`order.confirmed` in the log, and to the subscriber who hears of it. A rate is steady if every order is confirmed within',
    '3 s, none is refused, and no more are open at the end than halfway.',
    `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, shared by servers, product, customers and subscriber; load average at the`,
    `start ${load.toFixed(1)}. Node ${process.versions.node}. Two of ${SKUS} skus an order; Postgres ${options.forgetfulPostgres ? 'without' : 'with'} fsync.`,
    '',
    ...table(columns, rows),
  ]);
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ bench: 'fulfilment', options, outcomes }, null, 2)}\n`);
}

function figures(title: string, runs: readonly Run[]): string[] {
  const reason = runs.find((run) => run.void)?.void;
  if (reason) return [`  ${title}`, 'void', '', '', '', '', '', reason];
  const text = (figure: (run: Run) => number, format = short): string => {
    const spread = spreadOf(runs.map(figure));
    if (!spread) return '–';
    return runs.length > 1
      ? `${format(spread.median)} (${format(spread.min)}–${format(spread.max)})`
      : format(spread.median);
  };
  const cpu = (run: Run) => Object.values(run.cpuMicros).reduce((sum, each) => sum + each, 0);
  return [
    `  ${title}`,
    text((run) => run.perSecond),
    text((run) => run.confirmed.p50),
    text((run) => run.confirmed.p99),
    text((run) => run.heard.p50),
    text((run) => run.heard.p99),
    text(cpu, whole),
  ];
}

/** Where time and CPU go. */
function details(runs: readonly Run[]): string[] {
  const median = (figure: (run: Run) => number): number => spreadOf(runs.map(figure))?.median ?? Number.NaN;
  const times = STEPS.map((step) => [step, median((run) => run.steps?.[step] ?? Number.NaN)] as const);
  const all = times.reduce((sum, [, ms]) => sum + ms, 0);
  const steps = times
    .filter(([, ms]) => ms > 0)
    .map(([step, ms]) => `${step} ${short(ms)} ms (${whole((ms / all) * 100)} %)`);
  const shares = NAMES.map((role) => [role, median((run) => run.cpuMicros[role] ?? 0)] as const)
    .filter(([, micros]) => micros > 0)
    .map(([role, micros]) => `${role} ${whole(micros)}`);
  const last = runs.at(-1);
  return [
    `      steps: ${steps.join(', ')}`,
    `      CPU µs an order: ${shares.join(', ')}`,
    ...(last ? [`      ${memoryOf(last)}`] : []),
  ];
}

function memoryOf({ backlog }: Run): string {
  const roles = NAMES.filter((role) => backlog.some(({ mib }) => mib[role] !== undefined));
  const course = roles.map((role) => {
    const mibs = backlog.map(({ mib }) => mib[role] ?? 0);
    return `${role} ${[mibs[0] ?? 0, Math.max(...mibs), mibs.at(-1) ?? 0].map(whole).join(' ')}`;
  });
  return `MiB at first, at most, at last: ${course.join(', ')}`;
}

function verdict(run: Run): string {
  const { open, confirmed, refused } = run;
  return [
    run.void ?? (run.isSteady ? 'steady' : 'not steady'),
    `${whole(open[0])} open halfway and ${whole(open[1])} at the end`,
    `confirmed within ${whole(confirmed.most)} ms`,
    ...(refused > 0 ? [`${whole(refused)} refused`] : []),
  ].join(', ');
}

/** What happens beyond what the machine can do. */
function courseOf(run: Run): string[] {
  const { taken, refused, seconds, cancelled, drainMs, course, backlog } = run;
  const end = run.void ?? `all of them confirmed${cancelled > 0 ? ` but ${whole(cancelled)} cancelled` : ''}`;
  const most = (figure: (sample: Run['backlog'][number]) => number): string =>
    whole(Math.max(0, ...backlog.map(figure)));
  const moments = momentsOf(course);
  const along = (title: string, text: (index: number) => string) =>
    `      ${title}: ${moments.map(text).join(', ')}`;
  return [
    `      ${whole(taken)} taken (${short(taken / seconds)}/s), ${whole(refused)} refused with 503 and Retry-After`,
    `      ${end}, the last one ${short(drainMs / 1_000)} s after the end; ${short(run.perSecond)}/s fulfilled`,
    along('after s', (index) => whole(index + 1)),
    along('oldest open order, s', (index) => short((course[index]?.oldestMs ?? 0) / 1_000)),
    along('open orders', (index) => whole(course[index]?.open ?? 0)),
    along('taken', (index) => whole(course[index]?.taken ?? 0)),
    `      at most: ${most(({ sending }) => sending)} commands of processes, ${most(({ projecting }) => projecting)} events to project, ` +
      `${most(({ delivering }) => delivering)} to deliver, ${most(({ waiting }) => waiting)} commands waiting for their turn`,
    `      MiB of the app in time: ${momentsOf(backlog)
      .map((index) => whole(appMib(backlog[index])))
      .join(', ')}`,
    `      ${memoryOf(run)}`,
  ];
}

/** Indexes of a course, evenly spread, up to its last. */
const momentsOf = ({ length }: readonly unknown[]): number[] => {
  const shown = Math.min(length, MOMENTS);
  return Array.from({ length: shown }, (_, index) => Math.round(((index + 1) * length) / shown) - 1);
};

/** Of the app that runs the processes. */
const appMib = (sample: BacklogSample | undefined): number =>
  sample?.mib['process-manager'] ?? sample?.mib.standalone ?? 0;
