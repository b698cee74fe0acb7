import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedEvent } from '#libs/contracts';
import { formatPosition } from '#libs/kernel';
import type { Fault, PartitionOffset, ProjectedLog, VerifiedReadModel } from '#libs/projections';
import { type ComparedTable, RowComparison, type RowSet } from './row-comparison.js';
import type { RowDifference } from './row-difference.js';
import type { SnapshotPartition } from './snapshot.js';

const FETCH_BYTES = 4_000_000;
/** A replica may lag behind for a moment. */
const LAG_ATTEMPTS = 20;
const LAG_PAUSE_MS = 100;

/** What was found in one partition. */
export interface PartitionVerification extends PartitionOffset {
  readonly events: number;
  /** Events that were left out by command. */
  readonly skipped: number;
  readonly expected: RowSet;
  /** The rows that are there under the expected keys. */
  readonly actual: RowSet;
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly RowDifference[];
  /** Why the log gives no rows to compare with, although the projection has passed that place. */
  readonly obstacle: string | undefined;
  /** Why the projection goes no further. */
  readonly fault: Fault | undefined;
}

export interface PartitionVerificationParts {
  readonly log: ProjectedLog;
  readonly readModel: VerifiedReadModel;
  readonly tables: ReadonlyMap<string, ComparedTable>;
  readonly maxStreams: number;
  readonly mostListed: number;
  /** Told of the events as they are read; again where another pass reads them. */
  readonly read: (events: number) => void;
}

/** The log says that the projection cannot have come this far. */
class ObstacleError extends Error {}

/** Compares the rows with what the log says of them, up to the checkpoint. @throws what keeps either from answering. */
export async function verifyPartition(
  parts: PartitionVerificationParts,
  at: SnapshotPartition,
): Promise<PartitionVerification> {
  const { topic, partition, nextOffset, skipped, fault } = at;
  const comparison = new RowComparison(parts.tables, parts.mostListed);
  let obstacle: string | undefined;
  let events = 0;
  try {
    events = await compareAll(parts, at, comparison);
  } catch (error) {
    if (!(error instanceof ObstacleError)) throw error;
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

/** @returns the events. */
async function compareAll(
  { log, readModel, maxStreams, read }: PartitionVerificationParts,
  at: SnapshotPartition,
  comparison: RowComparison,
): Promise<number> {
  const hasGaps = at.skipped.size > 0;
  const expectation = readModel.expect({ partition: at.partition, hasGaps, maxStreams });
  for (;;) {
    let count = 0;
    for await (const events of eventsUpTo(log, at)) {
      count += events.length;
      for (const event of events) {
        for (const row of orObstacle(event, () => expectation.take(event))) await comparison.add(row);
      }
      read(events.length);
    }
    for (const row of expectation.endPass()) await comparison.add(row);
    await comparison.flush();
    if (!expectation.again()) return count;
  }
}

function orObstacle<Result>({ position }: LoggedEvent, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new ObstacleError(`${formatPosition(position)}: ${(error as Error).message}`, { cause: error });
  }
}

/** The events from the beginning up to the checkpoint, but for those that were left out by command. */
async function* eventsUpTo(
  log: ProjectedLog,
  { topic, partition, nextOffset, skipped }: SnapshotPartition,
): AsyncIterable<readonly LoggedEvent[]> {
  let attempts = 0;
  for (let offset = 0; offset < nextOffset; ) {
    const from = offset;
    const { events, next, unreadable } = await log.fetch({ topic, partition, offset }, FETCH_BYTES);
    yield events.filter(
      ({ position }) =>
        position.offset >= from && position.offset < nextOffset && !skipped.has(position.offset),
    );
    offset = next;
    if (unreadable !== undefined && next < nextOffset) {
      const place = formatPosition({ topic, partition, offset: next });
      if (!skipped.has(next)) throw new ObstacleError(`${place}: ${unreadable}`);
      offset = next + 1;
    }
    attempts = offset === from ? attempts + 1 : 0;
    if (attempts > LAG_ATTEMPTS) {
      throw new ObstacleError(`the log ends at ${formatPosition({ topic, partition, offset })}`);
    }
    if (attempts > 0) await sleep(LAG_PAUSE_MS);
  }
}
