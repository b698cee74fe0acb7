import { formatPosition, type Position } from '#libs/kernel';
import type { Lateness } from '#libs/operations/core';
import type { FoundDifferences, ProjectionJob, ProjectionStatusWithLag } from '#libs/projections/postgres';
import type { ProjectionDocument, RebuildDocument, VerificationDocument } from './projection.schemas.js';

/** What is known of the projections at one moment. */
export interface ProjectionFacts {
  readonly statuses: readonly ProjectionStatusWithLag[];
  readonly ends: readonly Position[] | undefined;
  readonly jobs: readonly ProjectionJob[];
  /** Names of those that some process rebuilds. */
  readonly underRebuild: ReadonlySet<string>;
  /** Names of those whose code this program has. */
  readonly builtIn: ReadonlySet<string>;
  readonly lateness: (status: ProjectionStatusWithLag) => Lateness | undefined;
}

/** By name. */
export function projectionDocuments(facts: ProjectionFacts): ProjectionDocument[] {
  const names = [...new Set(facts.statuses.map(({ projection }) => projection))].toSorted();
  return names.map((name) => projectionDocument(name, facts));
}

function projectionDocument(name: string, facts: ProjectionFacts): ProjectionDocument {
  const own = facts.statuses.filter(({ projection }) => projection === name);
  const live = own.filter(({ live: isLive }) => isLive);
  const lags = live.map(({ lag }) => lag);
  const late = live.flatMap((status) => facts.lateness(status) ?? []);
  const lagMs = Math.max(0, ...late.map(({ ms }) => ms));
  const oldest = late.find(({ ms }) => ms === lagMs);
  const rebuild = rebuildOf(name, own, facts);
  const verification = facts.jobs.find((job) => job.projection === name && job.kind === 'verification');
  return {
    name,
    version: live[0]?.version ?? 0,
    build: live[0]?.build ?? 0,
    builtIn: facts.builtIn.has(name),
    ...(!lags.includes(null) && { lagEvents: lags.reduce((sum: number, lag) => sum + (lag ?? 0), 0) }),
    lagMs: Math.round(lagMs),
    ...(oldest?.isAtLeast && { lagMsIsLowerBound: true }),
    stoppedPartitions: live.filter(({ fault }) => fault).length,
    partitions: live.map(partitionDocument),
    ...(rebuild && { rebuild }),
    ...(verification && { verification: shortVerification(verification) }),
  };
}

const partitionDocument = ({
  topic,
  partition,
  nextOffset,
  lag,
  fault,
  stoppedAt,
}: ProjectionStatusWithLag): ProjectionDocument['partitions'][number] => ({
  topic,
  partition,
  nextOffset,
  ...(lag !== null && { lagEvents: lag }),
  ...(fault && {
    stopped: {
      position: formatPosition({ topic, partition, offset: fault.offset }),
      reason: fault.reason,
      ...(stoppedAt && { since: stoppedAt.toISOString() }),
    },
  }),
});

/** A rebuild by the command line or by a projector has no job: its checkpoints tell how far it has come. */
function rebuildOf(
  name: string,
  own: readonly ProjectionStatusWithLag[],
  { jobs, underRebuild, ends }: ProjectionFacts,
): RebuildDocument | undefined {
  const job = jobs.find((each) => each.projection === name && each.kind === 'rebuild');
  if (job?.state === 'running' || !underRebuild.has(name)) return job && rebuildDocument(job);
  const topics = new Set(own.map(({ topic }) => topic));
  return {
    state: 'running',
    done: own.filter(({ live }) => !live).reduce((sum, { nextOffset }) => sum + nextOffset, 0),
    total: (ends ?? []).filter(({ topic }) => topics.has(topic)).reduce((sum, { offset }) => sum + offset, 0),
  };
}

const progressOf = ({ state, done, total, rate, leftMs, error, startedAt, endedAt }: ProjectionJob) => ({
  done,
  total,
  ...(state === 'running' && { rate: Math.round(rate) }),
  ...(state === 'running' && leftMs !== null && { leftMs }),
  ...(error !== null && { error }),
  startedAt: startedAt.toISOString(),
  ...(endedAt && { endedAt: endedAt.toISOString() }),
});

export const rebuildDocument = (job: ProjectionJob): RebuildDocument => ({
  state: job.state,
  ...progressOf(job),
});

function verificationState({ state, result }: ProjectionJob): VerificationDocument['state'] {
  if (state !== 'done') return state;
  return (result as FoundDifferences).equal ? 'equal' : 'different';
}

const shortVerification = (job: ProjectionJob): NonNullable<ProjectionDocument['verification']> => ({
  state: verificationState(job),
  ...(job.endedAt && { endedAt: job.endedAt.toISOString() }),
});

export function verificationDocument(job: ProjectionJob): VerificationDocument {
  const document = { state: verificationState(job), ...progressOf(job) };
  if (job.state !== 'done') return document;
  const { equal: _, differences, obstacles, ...found } = job.result as FoundDifferences;
  return {
    ...document,
    ...found,
    differences: differences.map(({ columns, ...row }) => ({
      ...row,
      ...(columns && { columns: [...columns] }),
    })),
    obstacles: [...obstacles],
  };
}
