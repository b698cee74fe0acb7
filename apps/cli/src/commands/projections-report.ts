import { formatPosition, topicPartitionKey } from '#libs/kernel';
import { NO_VERSION, type ProjectionStatus, type ProjectionStatusWithLag } from '#libs/projections/postgres';

/** One line for each build and topic, and one below it for each partition that has stopped or lags. */
export function projectionsReport(statuses: readonly ProjectionStatusWithLag[]): string[] {
  const builds = new Map<string, ProjectionStatusWithLag[]>();
  for (const status of statuses)
    builds.set(buildOf(status), [...(builds.get(buildOf(status)) ?? []), status]);
  return [...builds].flatMap(([build, partitions]) => [
    `${build}: ${summaryOf(partitions)}`,
    ...partitions
      .filter(({ fault, lag }) => fault !== undefined || (lag ?? 0) > 0)
      .map((status) => `  ${partitionLine(status)}`),
  ]);
}

function buildOf({ projection, version, live, topic }: ProjectionStatus): string {
  const build = version === NO_VERSION ? '(rebuild requested)' : `v${version}${live ? '' : ' (being built)'}`;
  return `${projection} ${build}, ${topic}`;
}

function summaryOf(partitions: readonly ProjectionStatusWithLag[]): string {
  const count = `${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'}`;
  const stopped = partitions.filter(({ fault }) => fault !== undefined).length;
  const isKnown = partitions.every(({ lag }) => lag !== null);
  const lag = partitions.reduce((sum, each) => sum + (each.lag ?? 0), 0);
  return [count, isKnown ? `lag ${lag}` : 'lag unknown', ...(stopped > 0 ? [`${stopped} stopped`] : [])].join(
    ', ',
  );
}

function partitionLine(status: ProjectionStatusWithLag): string {
  const { nextOffset, fault, lag } = status;
  const state = fault
    ? `stopped at ${formatPosition({ ...status, offset: fault.offset })}: ${fault.reason}`
    : `next offset ${nextOffset}`;
  return `${topicPartitionKey(status)}: ${state}${lag === null ? '' : fault ? ` (lag ${lag})` : `, lag ${lag}`}`;
}
