import { judge, type Verdict } from '../report/goals.js';
import {
  type Competing,
  failuresText,
  type Figure,
  figuresIn,
  type Layout,
  type Outcome,
} from '../report/report.js';
import { ratios } from '../report/statistics.js';
import type { Waits } from './bystander.js';
import type { Flooded } from './flood.js';
import type { Options } from './options.js';
import { ORDERS_PER_SECOND, type ScenarioName, SCENARIOS } from './scenarios.js';

export interface Run {
  readonly waits: Waits;
  readonly flooded: Flooded | undefined;
}

export type TenantsOutcome = Outcome<Competing & { readonly name: ScenarioName }, Run>;

const KINDS = ['orders', 'queries', 'webhooks'] as const;
type Share = 'p50' | 'p99';

const wait =
  (kind: (typeof KINDS)[number], share: Share): Figure<Run> =>
  ({ waits }) =>
    waits[kind].count > 0 ? waits[kind][share] : undefined;

const voidIn = ({ runs }: TenantsOutcome): string | undefined =>
  runs.map(({ waits }) => failuresText(waits.failures)).find((text) => text !== '');

const figures = figuresIn<Run, TenantsOutcome>({ voidIn });

export const layoutOf = ({ rounds, seconds, limited }: Options): Layout<Run, TenantsOutcome> => ({
  bench: 'tenants',
  medians: `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s`,
  sharedBy: 'servers, product and both tenants',
  legend: [
    'A tenant orders 20 times a second, reads each order at once, and takes its webhook; how long it waits for each, in ms.',
    limited ? `Each tenant may order ${ORDERS_PER_SECOND} times a second.` : 'Tenants have no limits.',
    'A single failure of that tenant voids a run. “taken” are orders of the other one a second.',
  ],
  throughput: { title: 'taken/s', figure: ({ flooded }) => flooded?.ordersPerSecond },
  columns: KINDS.flatMap((kind) => [
    { title: `${kind} p50`, figure: wait(kind, 'p50') },
    { title: 'p99', figure: wait(kind, 'p99') },
  ]),
  heading: () => [],
  voidIn,
  isRival: () => false,
  notes: ({ contestant: { name }, runs }) => [
    SCENARIOS[name].title,
    ...runs
      .flatMap(({ flooded }) => (flooded ? [flooded.statuses] : []))
      .slice(-1)
      .map((statuses) => `the other one was answered ${failuresText(statuses)}`),
  ],
  verdicts,
  listed: ({ contestant: { name }, runs }) => ({ scenario: name, runs }),
});

/** How many times as long one waits as alone, round by round. */
function verdicts(outcomes: readonly TenantsOutcome[]): Verdict[] {
  const alone = outcomes.find(({ contestant }) => contestant.name === 'alone');
  return outcomes
    .filter((outcome) => outcome !== alone)
    .flatMap((outcome) =>
      KINDS.flatMap((kind) =>
        (['p50', 'p99'] as const).map((share) => {
          const figure = wait(kind, share);
          const most = share === 'p50' ? 1.5 : 2;
          return judge({
            title: `${outcome.contestant.name}: ${kind} ${share} at most ${most} × alone`,
            value: ratios(figures(outcome, figure), figures(alone, figure)),
            isMet: (ratio) => ratio <= most,
          });
        }),
      ),
    );
}
