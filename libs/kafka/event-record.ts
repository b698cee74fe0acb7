import { type EncodedEvent, type RecordMarks, SOURCE_HEADER, TYPE_HEADER } from '#libs/contracts';

/** A record of the log before it is decoded. */
export interface EventRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly marks: RecordMarks | undefined;
}

/** The records that a fetch returns for events appended at this offset. */
export const recordsOf = (events: readonly EncodedEvent[], offset: number): readonly EventRecord[] =>
  events.map(({ key, value, headers }, index) => ({
    offset: String(offset + index),
    key,
    value,
    marks: { source: headers[SOURCE_HEADER], type: headers[TYPE_HEADER] },
  }));
