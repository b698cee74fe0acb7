import type { LoggedEvent } from '#libs/contracts';
import type { LogReader } from '#libs/kernel';
import type { ProjectionFault } from '../../core/runtime/projection-store.js';
import type { PartitionOffset } from '../../core/rebuild/rebuild.js';
import type { VerifiedReadModel } from '../../core/verification/expectation.js';
import { expectRows, UnverifiableError } from './expected-rows.js';
import { type ComparedTable, RowComparison, type RowSet } from './row-comparison.js';
import type { RowDifference } from './row-difference.js';
import type { SnapshotPartition } from './snapshot.js';

/** The result for one partition. */
export interface PartitionVerification extends PartitionOffset {
  readonly events: number;
  /** Events that an operator skipped. */
  readonly skipped: number;
  readonly expected: RowSet;
  /** The rows found under the expected keys. */
  readonly actual: RowSet;
  readonly differing: number;
  /** The first differences. */
  readonly differences: readonly RowDifference[];
  /** Why no rows can be derived from the log, although the projection has passed that position. */
  readonly obstacle: string | undefined;
  /** Why the projection has stopped. */
  readonly fault: ProjectionFault | undefined;
}

export interface PartitionVerificationParts {
  readonly log: Pick<LogReader<LoggedEvent>, 'fetch' | 'hasGaps'>;
  readonly readModel: VerifiedReadModel;
  readonly tables: ReadonlyMap<string, ComparedTable>;
  readonly maxStreams: number;
  readonly mostListed: number;
  /** Called with the number of events read, in every pass. */
  readonly read: (events: number) => void;
}

/** Compares the rows with the log up to the checkpoint. @throws an error of the log or the database */
export async function verifyPartition(
  parts: PartitionVerificationParts,
  at: SnapshotPartition,
): Promise<PartitionVerification> {
  const { topic, partition, nextOffset, skipped, fault } = at;
  const comparison = new RowComparison(parts.tables, parts.mostListed);
  let obstacle: string | undefined;
  let events = 0;
  try {
    const hasGaps = skipped.size > 0 || parts.log.hasGaps(at);
    const expectation = parts.readModel.expect({ partition, hasGaps, maxStreams: parts.maxStreams });
    events = await expectRows(parts, at, expectation, {
      add: (row) => comparison.add(row),
      passed: () => comparison.flush(),
    });
  } catch (error) {
    if (!(error instanceof UnverifiableError)) throw error;
    obstacle = error.message;
  }
  const { expected, actual, differing, differences } = comparison;
  return {
    topic,
    partition,
    nextOffset,
    events,
    skipped: skipped.size,
    expected,
    actual,
    differing,
    differences,
    obstacle,
    fault,
  };
}
