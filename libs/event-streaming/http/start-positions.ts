import { TENANT_EVENT_TOPICS } from '#libs/contracts';
import { decodeLogCursor } from '../core/log-cursor.js';
import { type LogReader, type Position, systemClock, topicPartitionKey } from '#libs/kernel';
import { invalidRequest } from '#libs/platform';
import { BEGINNING, type From } from './event-stream.schemas.js';

/** Where a client asks to begin. */
export interface RequestedStart {
  /** A cursor and the name of its parameter. */
  readonly cursor?: { readonly text: string; readonly field: string } | undefined;
  readonly from?: From | undefined;
}

export interface StartLog extends Pick<LogReader, 'endOffsets' | 'offsetsForTime' | 'startOffsets'> {
  /** Ends known without asking the log, possibly slightly outdated. */
  knownEnds(): readonly Position[] | undefined;
}

/** A new leader may briefly not know a partition's end. */
const ATTEMPTS = 3;
const PAUSE_MS = 300;

/**
 * A reader's start in every partition; omitted ones start at 0.
 * @throws ProblemException for an invalid cursor, or one of another log
 */
export async function readerStartPositions(
  { cursor, from }: RequestedStart,
  log: StartLog,
): Promise<readonly Position[]> {
  if (cursor) return cursorPositions(cursor.text, cursor.field, log);
  if (from === undefined) return log.endOffsets(TENANT_EVENT_TOPICS);
  if (from === BEGINNING) return log.startOffsets(TENANT_EVENT_TOPICS);
  // A time in the future means now.
  return log.offsetsForTime(TENANT_EVENT_TOPICS, Math.min(from, Date.now()));
}

async function cursorPositions(text: string, field: string, log: StartLog): Promise<readonly Position[]> {
  const positions = decodeLogCursor(text);
  if (!positions)
    throw invalidRequest([{ path: [field], message: 'this cursor was not made by this API', input: text }]);
  if (isWithin(positions, log.knownEnds())) return positions;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await systemClock.sleep(PAUSE_MS);
    if (isWithin(positions, await log.endOffsets(TENANT_EVENT_TOPICS))) return positions;
  }
  throw invalidRequest([{ path: [field], message: 'this cursor does not belong to this log', input: text }]);
}

function isWithin(positions: readonly Position[], ends: readonly Position[] | undefined): boolean {
  if (!ends) return false;
  const known = new Map(ends.map((end) => [topicPartitionKey(end), end.offset]));
  return positions.every((position) => position.offset <= (known.get(topicPartitionKey(position)) ?? -1));
}
