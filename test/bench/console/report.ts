import { judge, type Verdict } from '../report/goals.js';
import { type Figure, figuresIn, type Layout, type Outcome } from '../report/report.js';
import { type Spread, spreadOf } from '../report/statistics.js';
import { short, whole } from '../report/table.js';
import type { Contestant } from './contestants.js';
import { type Options, type Section, SECTIONS } from './options.js';
import type { Stayed } from './stays.js';
import type { TabMemory, Visit } from './tab.js';

/** What the product took for it. */
export interface Server {
  readonly cpuMs: number;
  readonly postgresMs: number;
  readonly elapsedMs: number;
  /** The most while it was measured. */
  readonly rssMib: number | undefined;
}

export interface Run {
  readonly server: Server;
  readonly visit?: Visit;
  readonly memory?: TabMemory;
  readonly stayed?: Stayed;
}

export type ConsoleOutcome = Outcome<Contestant, Run>;

const MOST_FIRST_ROW_MS = 1_000;
const MOST_REQUEST_MS = 500;
/** What a tab may have more than before: what the browser itself keeps is not all given back. */
const MOST_GROWTH_MIB = 3;

const firstRow: Figure<Run> = ({ visit, stayed }) => visit?.firstRowMs ?? stayed?.stepMs;
const request: Figure<Run> = ({ visit }) => visit?.requestMs;
const memoryOf = ({ memory, stayed }: Run) => memory ?? stayed?.after;
const grown: Figure<Run> = ({ stayed }) => stayed && stayed.after.heapMib - stayed.before.heapMib;

const voidIn = () => undefined;
const figures = figuresIn<Run, ConsoleOutcome>({ voidIn });

export const layoutOf = ({
  rounds,
  events,
  orders,
  deliveries,
  subscriptions,
}: Options): Layout<Run, ConsoleOutcome> => ({
  bench: 'console',
  medians: `${rounds} visits of each page`,
  sharedBy: 'servers, product and browser',
  legend: [
    `${whole(events)} events in the topic of orders, ${whole(orders)} orders; one webhook with ${whole(deliveries)} deliveries, another with`,
    `as many dead letters, ${whole(subscriptions)} more. Each visit begins at the address, with the code in the browser's cache: until the`,
    'first row of the list is painted. “request” is the longest one to the API. Memory of the tab is after garbage collection.',
    'For those who stay: until the next page of the list is painted, and by how much the memory has grown.',
  ],
  throughput: { title: 'first row ms', figure: firstRow },
  columns: [
    { title: 'request ms', figure: request },
    { title: 'data KiB', figure: ({ visit }) => visit?.dataKib },
    { title: 'heap MiB', figure: (run) => memoryOf(run)?.heapMib },
    { title: 'grown', figure: grown },
    { title: 'nodes', figure: (run) => memoryOf(run)?.nodes, text: whole },
    { title: 'app CPU ms', figure: ({ server }) => server.cpuMs, text: whole },
    { title: 'Postgres', figure: ({ server }) => server.postgresMs, text: whole },
    { title: 'app MiB', figure: ({ server }) => server.rssMib, text: whole },
  ],
  heading: ({ contestant: { section } }, before) =>
    section === before?.contestant.section ? [] : [SECTIONS[section]],
  voidIn,
  isRival: () => false,
  notes: ({ runs }) => runs.flatMap(({ stayed }) => stayed?.notes ?? []),
  verdicts,
  listed: ({ contestant: { name, section }, runs }) => ({ name, section, runs }),
});

function verdicts(outcomes: readonly ConsoleOutcome[]): Verdict[] {
  const most = (title: string, section: Section, figure: Figure<Run>, limit: number): Verdict => {
    const worst = worstOf(outcomes, section, figure);
    return judge({
      title: worst ? `${title}: ${worst.name}` : title,
      value: worst?.spread,
      isMet: (measured) => measured <= limit,
    });
  };
  return [
    most(
      `each page shows its first row in ${whole(MOST_FIRST_ROW_MS)} ms`,
      'visits',
      firstRow,
      MOST_FIRST_ROW_MS,
    ),
    most(`each request takes at most ${whole(MOST_REQUEST_MS)} ms`, 'visits', request, MOST_REQUEST_MS),
    most(`no tab grows by more than ${short(MOST_GROWTH_MIB)} MiB`, 'stays', grown, MOST_GROWTH_MIB),
  ];
}

function worstOf(outcomes: readonly ConsoleOutcome[], section: Section, figure: Figure<Run>) {
  return outcomes
    .filter(({ contestant }) => contestant.section === section)
    .flatMap((outcome): { readonly name: string; readonly spread: Spread }[] => {
      const spread = spreadOf(figures(outcome, figure));
      return spread ? [{ name: outcome.contestant.name, spread }] : [];
    })
    .toSorted((a, b) => b.spread.median - a.spread.median)[0];
}
