import type { LoggedEvent } from '#libs/contracts';
import { formatPosition, type LogReader, systemClock } from '#libs/kernel';
import type { Expectation, ExpectedRow } from '../../core/verification/expectation.js';
import type { SnapshotPartition } from './snapshot.js';

const FETCH_BYTES = 4_000_000;
/** A replica may lag for a moment. */
const LAG_ATTEMPTS = 20;
const LAG_PAUSE_MS = 100;

/** According to the log, the projection cannot have reached its checkpoint. */
export class UnverifiableError extends Error {}

export interface ExpectedRowsParts {
  readonly log: Pick<LogReader<LoggedEvent>, 'fetch' | 'hasGaps'>;
  /** Called with the number of events read, in every pass. */
  readonly read: (events: number) => void;
}

export interface RowSink {
  /** @returns a promise if the caller has to wait */
  readonly add: (row: ExpectedRow) => Promise<void> | undefined;
  readonly passed?: () => Promise<void>;
}

/**
 * Computes all rows that follow from the log of one partition up to the checkpoint, in as many passes as needed.
 * @param from the offset up to which the events were already applied to the expectation
 * @returns the number of events of the last pass
 * @throws UnverifiableError, or an error of the log
 */
export async function expectRows(
  { log, read }: ExpectedRowsParts,
  at: SnapshotPartition,
  expectation: Expectation,
  { add, passed }: RowSink,
  from = 0,
): Promise<number> {
  for (let first = from; ; first = 0) {
    let count = 0;
    for await (const events of eventsUpTo(log, at, first)) {
      count += events.length;
      for (const event of events) {
        for (const row of orUnverifiable(event, () => expectation.apply(event))) {
          const added = add(row);
          if (added) await added;
        }
      }
      read(events.length);
    }
    for (const row of expectation.endPass()) {
      const added = add(row);
      if (added) await added;
    }
    await passed?.();
    if (!expectation.needsAnotherPass()) return count;
  }
}

function orUnverifiable<Result>({ position }: LoggedEvent, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new UnverifiableError(`${formatPosition(position)}: ${(error as Error).message}`, { cause: error });
  }
}

/** The events up to the checkpoint, except those that an operator skipped. */
async function* eventsUpTo(
  log: Pick<LogReader<LoggedEvent>, 'fetch' | 'hasGaps'>,
  { topic, partition, nextOffset, skipped }: SnapshotPartition,
  first: number,
): AsyncIterable<readonly LoggedEvent[]> {
  let attempts = 0;
  for (let offset = first; offset < nextOffset; ) {
    const from = offset;
    const { events, next, unreadable } = await log.fetch({ topic, partition, offset }, FETCH_BYTES);
    yield events.filter(
      ({ position }) =>
        position.offset >= from && position.offset < nextOffset && !skipped.has(position.offset),
    );
    offset = next;
    if (unreadable !== undefined && next < nextOffset) {
      const place = formatPosition({ topic, partition, offset: next });
      if (!skipped.has(next)) throw new UnverifiableError(`${place}: ${unreadable}`);
      offset = next + 1;
    }
    attempts = offset === from ? attempts + 1 : 0;
    if (attempts > LAG_ATTEMPTS) {
      throw new UnverifiableError(`the log ends at ${formatPosition({ topic, partition, offset })}`);
    }
    if (attempts > 0) await systemClock.sleep(LAG_PAUSE_MS);
  }
}
