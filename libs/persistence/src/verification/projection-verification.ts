import { type ProjectedLog, verifiedReadModel } from '#libs/projections';
import type { DatabaseOptions } from '../database/prisma.service.js';
import { type PartitionVerification, verifyPartition } from './partition-verification.js';
import { Snapshot, type SnapshotOptions } from './snapshot.js';
import { comparedTables, type SurplusRows, surplusRows } from './surplus-rows.js';

/** Streams in memory. An order of three lines takes 1.8 kilobytes. */
const MOST_STREAMS = 200_000;
export const MAX_LISTED_ROWS = 20;

/** Whether the live build of a projection is the fold of the log up to its checkpoints. */
export interface ProjectionVerification {
  readonly projection: string;
  readonly build: number;
  /** Of the code that made the build, and of this code, by which it was judged. */
  readonly version: number;
  readonly codeVersion: number;
  readonly partitions: readonly PartitionVerification[];
  /** Unknown where a partition could not be folded. */
  readonly surplus: SurplusRows | undefined;
}

export interface VerificationProgress {
  readonly read: number;
  /** Offsets up to the checkpoints. Some are no events, and several passes read more. */
  readonly total: number;
}

export interface VerifyOptions {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly log: ProjectedLog;
  readonly projection: SnapshotOptions['projection'] & { readonly version: number };
  readonly maxStreams?: number;
  readonly mostListed?: number;
  readonly progress?: (progress: VerificationProgress) => void;
}

/**
 * Compares all rows that queries see with the log, while projectors go on.
 * @returns nothing when no projector has begun the projection.
 */
export async function verifyProjection({
  database,
  log,
  projection,
  maxStreams = MOST_STREAMS,
  mostListed = MAX_LISTED_ROWS,
  progress = () => undefined,
}: VerifyOptions): Promise<ProjectionVerification | undefined> {
  const readModel = verifiedReadModel(projection.name);
  const snapshot = await Snapshot.open({ database, projection });
  if (!snapshot) return undefined;
  try {
    const tables = await comparedTables(snapshot, readModel);
    const total = snapshot.partitions.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
    let done = 0;
    const read = (events: number): void => progress({ read: (done += events), total });
    const partitions: PartitionVerification[] = [];
    for (const at of snapshot.partitions) {
      partitions.push(await verifyPartition({ log, readModel, tables, maxStreams, mostListed, read }, at));
    }
    const isWhole = partitions.every(({ obstacle }) => obstacle === undefined);
    const surplus = isWhole ? await surplusRows(tables.values(), mostListed) : undefined;
    const { build, version } = snapshot;
    return {
      projection: projection.name,
      build,
      version,
      codeVersion: projection.version,
      partitions,
      surplus,
    };
  } finally {
    await snapshot.close();
  }
}

/** Whether the rows are those that the log says. A fault does not change that: up to there they are. */
export const equalsLog = ({ partitions, surplus }: ProjectionVerification): boolean =>
  surplus?.count === 0 && partitions.every(partitionEqualsLog);

export const partitionEqualsLog = ({
  differing,
  obstacle,
  expected,
  actual,
}: PartitionVerification): boolean =>
  obstacle === undefined &&
  differing === 0 &&
  expected.rows === actual.rows &&
  expected.digest === actual.digest;
