import type { Figure, Layout } from '../report/report.js';
import { spreadOf } from '../report/statistics.js';
import { short, whole } from '../report/table.js';
import { type LatencyOutcome, voidIn } from './contestants.js';
import {
  acknowledged,
  cpuFor,
  delivered,
  peakMib,
  percentOf,
  ROLES,
  secondsBehind,
  taken,
  webhook,
} from './figures.js';
import { verdicts } from './goals.js';
import type { Options } from './options.js';
import type { Idleness, Run } from './run.js';
import { SCENARIOS } from './scenarios.js';
import type { Role } from './system.js';

export const layoutOf = ({ rounds, seconds, scenarios }: Options): Layout<Run, LatencyOutcome> => ({
  bench: 'latency',
  medians: `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds ? `${seconds} s` : 'the time that each scenario has'}`,
  sharedBy: 'servers, contestant and load',
  legend: [
    'Each run has a fresh app, under load for 7 s before it is measured. “events” are those delivered, to all endpoints',
    'together, or taken where there is no endpoint. “ack” goes from the request to its acknowledgement, “p50” and “p99” to',
    'the webhook. CPU µs is what the app and its servers take for one event taken, with all that follows from it. MiB are',
    'peaks. “load” is what those who order and the endpoints take of one core.',
  ],
  throughput: { title: 'events/s', figure: (run) => delivered(run) ?? taken(run) },
  columns: [
    { title: 'taken/s', figure: taken, text: whole },
    { title: 'ack p50 ms', figure: acknowledged('p50') },
    { title: 'ack p99', figure: acknowledged('p99') },
    { title: 'p50 ms', figure: webhook('p50') },
    { title: 'p99 ms', figure: webhook('p99') },
    { title: 'CPU µs', figure: cpuFor('orders'), text: whole },
    { title: 'app MiB', figure: peakMib('app'), text: whole },
    { title: 'all MiB', figure: peakMib(), text: whole },
    {
      title: 'load',
      figure: ({ loaded }) => loaded?.share,
      text: (share) => `${whole(share * 100)} %`,
    },
  ],
  heading: ({ contestant: { scenario } }, before) =>
    before?.contestant.scenario === scenario ? [] : ['', `${scenario}: ${SCENARIOS[scenario]}`],
  voidIn,
  isRival: ({ contestant: one }, { contestant: other }) => one.scenario === other.scenario,
  notes: ({ runs, contestant: { scenario } }) =>
    scenario === 'idle' ? runs.flatMap(idleNotes) : notesOf(runs),
  verdicts: (outcomes) => verdicts(outcomes, scenarios),
  listed: ({ contestant: { scenario, name }, runs }) => ({ scenario, name, runs }),
});

function notesOf(runs: readonly Run[]): string[] {
  const median = (figure: Figure<Run>) => spreadOf(runs.flatMap((run) => figure(run) ?? []))?.median;
  const byRole = (title: string, figureOf: (role: Role) => Figure<Run>, text: (value: number) => string) => {
    const figures = ROLES.flatMap((role) => {
      const figure = median(figureOf(role));
      return figure === undefined ? [] : [`${role} ${text(figure)}`];
    });
    return figures.length > 0 ? [`${title}: ${figures.join(', ')}`] : [];
  };
  const [orders = 0, deliveries = 0] = [
    median(({ loaded }) => loaded?.orders),
    median(({ loaded }) => loaded?.deliveries),
  ];
  const behind = median(secondsBehind);
  const drain = median(({ loaded }) => loaded?.drainMs);
  const refused = median(({ loaded }) => loaded?.refused);
  const course = runs.at(-1)?.memory;
  const mib = (role: Role) =>
    [course?.first, course?.peak, course?.last].map((each) => whole(each?.[role] ?? 0));
  return [
    ...byRole('CPU µs for an event taken', (role) => cpuFor('orders', role), short),
    ...(deliveries > 1.5 * orders
      ? byRole('CPU µs for a delivery', (role) => cpuFor('deliveries', role), short)
      : []),
    ...(course
      ? [
          `MiB at first, at most, at last: ${ROLES.filter((role) => course.peak[role] !== undefined)
            .map((role) => `${role} ${mib(role).join(' ')}`)
            .join(', ')}`,
        ]
      : []),
    ...(behind === undefined ? [] : [`projections ${short(behind)} s behind at the end`]),
    ...(drain !== undefined && drain > 500
      ? [`all was delivered ${short(drain / 1_000)} s after the last acknowledgement`]
      : []),
    ...(refused ? [`refused, to come back later: ${whole(refused)}`] : []),
  ];
}

function idleNotes({ idle }: Run): string[] {
  if (!idle) return [];
  const line = (title: string, idleness: Idleness) => {
    const roles = ROLES.filter((role) => idleness.mib[role] !== undefined).map(
      (role) => `${role} ${short((idleness.share[role] ?? 0) * 100)} % ${whole(idleness.mib[role] ?? 0)} MiB`,
    );
    const mib = Object.values(idleness.mib).reduce((sum, each) => sum + each, 0);
    return `${title}: ${short(percentOf(idleness))} % of a core, ${whole(mib)} MiB: ${roles.join(', ')}`;
  };
  return [line('before a load', idle.before), line('after it', idle.after)];
}
