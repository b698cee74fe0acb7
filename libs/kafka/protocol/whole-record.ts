import { type RecordMarks, SOURCE_HEADER, TYPE_HEADER } from '#libs/contracts';

/** A record with all that Kafka keeps of it. */
export interface WholeRecord {
  readonly offset: number;
  /** Milliseconds since 1970, as the broker has it. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In their order; a name may come several times. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly isControlRecord: boolean;
  readonly marks: RecordMarks;
}

type HeaderValue = Buffer | string | null;

/** A record as kafkajs decodes it. */
export interface KafkajsRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
  readonly isControlRecord: boolean;
}

export function wholeRecord(record: KafkajsRecord): WholeRecord {
  const { offset, timestamp, key, value, isControlRecord } = record;
  const headers = Object.entries(record.headers).flatMap(([name, values]) =>
    [values].flat().map((each) => [name, each?.toString() ?? ''] as const),
  );
  const first = (wanted: string): string | undefined => headers.find(([name]) => name === wanted)?.[1];
  return {
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value,
    headers,
    isControlRecord,
    marks: { source: first(SOURCE_HEADER), type: first(TYPE_HEADER) },
  };
}
