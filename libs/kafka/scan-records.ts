import { type EventCodec, isFenceRecord, type LoggedEvent, type RecordMarks } from '#libs/contracts';
import type { Position, RejectedRecord, ScannedBatch, TopicPartition } from '#libs/kernel';
import type { FetchedRecord } from './protocol/fetch-answer.js';

/** The marks of a record that lacks both headers. */
export const NO_MARKS: RecordMarks = { source: undefined, type: undefined };

const FOREIGN = 'it lacks the headers of an event of this topic: something else appended it';
const PASSED = 'it was given up by "orderstream log accept"';

interface ScanOptions {
  readonly isWanted?: ((eventType: string) => boolean) | undefined;
  /** Whether an operator has given up the record at that position. */
  readonly isPassed: (position: Position) => boolean;
}

/** Sorts records into events and what is none. Rejects while the registry does not answer. */
export async function scanRecords(
  codec: Pick<EventCodec, 'decodeReadable'>,
  { topic, partition }: TopicPartition,
  records: readonly FetchedRecord[],
  { isWanted, isPassed }: ScanOptions,
): Promise<Pick<ScannedBatch<LoggedEvent>, 'events' | 'rejected'>> {
  const rejected: RejectedRecord[] = [];
  let rest = records
    .filter((record) => !record.isControlRecord && !isFenceRecord(record))
    .filter(({ marks }) => !isWanted || marks?.type === undefined || isWanted(marks.type))
    .map(({ offset, key, value, marks = NO_MARKS }) => {
      return { topic, partition, offset: Number(offset), key, value, marks };
    });
  const passed = rest.filter(isPassed);
  for (const { offset } of passed) rejected.push({ position: { topic, partition, offset }, reason: PASSED });
  if (passed.length > 0) rest = rest.filter((record) => !isPassed(record));
  const events: LoggedEvent[] = [];
  while (rest.length > 0) {
    const { events: readable, foreign, failure } = await codec.decodeReadable(rest);
    for (const event of readable) events.push(event);
    for (const position of foreign) rejected.push({ position, reason: FOREIGN });
    if (!failure) break;
    const { position, message } = failure;
    rejected.push({ position, reason: message });
    rest = rest.filter(({ offset }) => offset > position.offset);
  }
  return { events, rejected: rejected.toSorted((a, b) => a.position.offset - b.position.offset) };
}
