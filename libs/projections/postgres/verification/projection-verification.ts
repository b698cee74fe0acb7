import type { LoggedEvent } from '#libs/contracts';
import type { LogReader } from '#libs/kernel';
import { verifiedReadModel } from '../../read-models/read-models.js';
import type { DatabaseOptions } from '#libs/postgres';
import { type PartitionVerification, verifyPartition } from './partition-verification.js';
import { Snapshot, type SnapshotOptions } from './snapshot.js';
import { comparedTables, type SurplusRows, surplusRows } from './surplus-rows.js';

/** Most streams in memory. An order of three lines takes 1.8 kilobytes. */
const MOST_STREAMS = 200_000;
export const MAX_LISTED_ROWS = 20;

/** Whether the live build of a projection is the fold of the log up to its checkpoints. */
export interface ProjectionVerification {
  readonly projection: string;
  readonly build: number;
  /** The version of the code that made the build. */
  readonly version: number;
  /** The version of this code, which computed the expected rows. */
  readonly codeVersion: number;
  readonly partitions: readonly PartitionVerification[];
  /** `undefined` if a partition could not be folded. */
  readonly surplus: SurplusRows | undefined;
}

export interface VerificationProgress {
  readonly read: number;
  /** Offsets up to the checkpoints. Not all are events, and several passes read more. */
  readonly total: number;
}

export interface VerifyOptions {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly log: Pick<LogReader<LoggedEvent>, 'fetch' | 'hasGaps'>;
  readonly projection: SnapshotOptions['projection'] & { readonly version: number };
  readonly maxStreams?: number;
  readonly mostListed?: number;
  readonly progress?: (progress: VerificationProgress) => void;
}

/**
 * Compares all live rows with the log, while projectors keep running.
 * @returns `undefined` if no projector has started the projection
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

/** Whether the rows equal the log. A stopped projection can be equal up to its checkpoint. */
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
