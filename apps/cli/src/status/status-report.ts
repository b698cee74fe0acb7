import type { Count, Freshness, ShownOverview } from './overview.js';

/** A projection this far behind is late. */
const LATE_MS = 10_000;

/** What needs a person, most urgent first. */
export function troublesOf(overview: ShownOverview): string[] {
  const { readiness, processes, projections = [], oldestUndelivered, missing } = overview;
  const { deadLetters = [], stuckProcesses } = overview;
  const down = readiness?.parts.filter(({ status }) => status === 'down') ?? [];
  return [
    ...down.map(({ name, message = 'it does not answer' }) => `${name} is down: ${message}`),
    ...(processes.answering < processes.expected
      ? [`${processes.answering} of ${processes.expected} processes answer`]
      : []),
    ...projections
      .filter(hasStopped)
      .map(
        ({ name, stoppedPartitions }) =>
          `projection ${name} has stopped in ${plural(stoppedPartitions, 'partition')}`,
      ),
    ...projections.filter(isLate).map(({ name, lagMs = 0 }) => `projection ${name} is ${time(lagMs)} late`),
    ...(oldestUndelivered
      ? [
          `a webhook of ${oldestUndelivered.tenant} has failed for ${time(oldestUndelivered.ageMs)}: ` +
            `subscription ${oldestUndelivered.subscriptionId}`,
        ]
      : []),
    ...(stuckProcesses && stuckProcesses.count > 0 ? [`${counted(stuckProcesses)} processes are stuck`] : []),
    ...deadLetters
      .filter(({ kind, count }) => count > 0 && (kind === 'webhook' || kind === 'mail'))
      .map((each) => `${counted(each)} dead letters of kind ${each.kind}`),
    ...(readiness?.parts ?? []).flatMap(({ name, notices = [] }) =>
      notices.map((notice) => `${name}: ${notice}`),
    ),
    ...missing
      .filter(({ isElsewhere }) => !isElsewhere)
      .map(({ part, reason }) => `not known now: ${part} (${reason})`),
  ];
}

/** The whole system on one screen: first what needs somebody, then the numbers. */
export function statusReport(overview: ShownOverview, url: string): string[] {
  const troubles = troublesOf(overview);
  return [
    `Orderstream at ${url}, ${overview.at}`,
    '',
    ...(troubles.length === 0 ? ['  Nothing needs you.'] : troubles.map((trouble) => `  ! ${trouble}`)),
    '',
    ...numbersOf(overview).map(([label, value]) => `  ${label.padEnd(LABEL_WIDTH)}${value}`),
    '',
    ...freshnessOf(overview.projections ?? []),
  ];
}

const LABEL_WIDTH = 22;

function numbersOf(overview: ShownOverview): (readonly [string, string])[] {
  const { ordersPerSecond, eventsPerSecond, appendP99Ms, partitions, processes } = overview;
  const { stuckProcesses, paymentsInReview, deadLetters = [], missing } = overview;
  const commandsElsewhere = missing.some(({ part, isElsewhere }) => part === 'commands' && isElsewhere);
  return [
    ['orders', commandsElsewhere ? ELSEWHERE : rate(ordersPerSecond)],
    ['events', rate(eventsPerSecond)],
    ['append, p99', commandsElsewhere ? ELSEWHERE : appendP99Ms === undefined ? UNKNOWN : time(appendP99Ms)],
    ['stuck processes', counted(stuckProcesses)],
    ['payments in review', counted(paymentsInReview)],
    ['dead letters', deadLetters.map((each) => `${each.kind} ${counted(each)}`).join(', ') || UNKNOWN],
    [
      'processes',
      `${processes.answering} of ${processes.expected}${commandsElsewhere ? ' behind this address; apps that run apart are not counted' : ''}`,
    ],
    ['partitions', partitions ? `${partitions.owned}, with ${plural(partitions.owners, 'owner')}` : UNKNOWN],
  ];
}

function freshnessOf(projections: readonly Freshness[]): string[] {
  const width = Math.max(0, ...projections.map(({ name }) => name.length)) + 2;
  return projections.map((each) => {
    const { name, lagEvents, lagMs, rebuild } = each;
    const lag =
      lagEvents === 0
        ? 'up to date'
        : `${lagEvents} events behind${lagMs === undefined ? '' : `, ${time(lagMs)}`}`;
    const more = [
      ...(hasStopped(each) ? ['stopped'] : []),
      ...(rebuild?.state === 'running' ? ['being rebuilt'] : []),
    ];
    return `  ${name.padEnd(width)}${[lag, ...more].join(', ')}`;
  });
}

const UNKNOWN = 'unknown';
const ELSEWHERE = 'in /metrics of each command API';

const hasStopped = ({ stoppedPartitions }: Freshness): boolean => stoppedPartitions > 0;

const isLate = (projection: Freshness): boolean =>
  !hasStopped(projection) && projection.lagEvents > 0 && (projection.lagMs ?? 0) > LATE_MS;

const rate = (perSecond: number | undefined): string =>
  perSecond === undefined ? UNKNOWN : `${perSecond.toFixed(1)}/s`;

const counted = (found: Count | undefined): string =>
  found ? `${found.count}${found.countIsLowerBound ? ' or more' : ''}` : UNKNOWN;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
