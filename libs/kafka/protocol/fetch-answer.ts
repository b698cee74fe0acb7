import { type RecordMarks, SOURCE_HEADER, TYPE_HEADER } from '#libs/contracts';
import type { ProducerIdentity } from './record-batch.js';

/** A fetched record with only two of its headers: decoding all of them would cost more than everything else. */
export interface FetchedRecord extends ProducerIdentity {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly marks: RecordMarks | undefined;
  readonly isControlRecord: boolean;
}

export type Decompress = (attributes: number, compressed: Buffer) => Promise<Buffer>;

const LENGTH_AT = 8;
const BATCH_OVERHEAD = 12;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const PRODUCER_ID_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const COUNT_AT = 57;
const RECORDS_AT = 61;
const MAGIC = 2;
const COMPRESSION = 0x07;
const CONTROL = 0x20;

/**
 * Decodes records from an offset on. Batches are fetched whole, so one may begin before that offset; a truncated last batch
 * is left out. The format is Kafka's record batch of magic 2, see https://kafka.apache.org/documentation/#recordbatch.
 * @throws if a batch has an older format or is corrupt
 */
export async function decodeBatches(
  set: Buffer,
  from: number,
  decompress: Decompress,
): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  let at = 0;
  while (at + RECORDS_AT <= set.length) {
    const end = at + BATCH_OVERHEAD + set.readInt32BE(at + LENGTH_AT);
    if (end > set.length) break;
    if (set[at + MAGIC_AT] !== MAGIC)
      throw new Error(`record batches of magic ${set[at + MAGIC_AT]} are not supported`);
    const attributes = set.readInt16BE(at + ATTRIBUTES_AT);
    const body = set.subarray(at + RECORDS_AT, end);
    const plain = attributes & COMPRESSION ? await decompress(attributes, body) : body;
    readRecords(plain, records, {
      count: set.readInt32BE(at + COUNT_AT),
      first: Number(set.readBigInt64BE(at)),
      from,
      isControlRecord: (attributes & CONTROL) !== 0,
      producerId: String(set.readBigInt64BE(at + PRODUCER_ID_AT)),
      producerEpoch: set.readInt16BE(at + PRODUCER_EPOCH_AT),
    });
    at = end;
  }
  return records;
}

interface Batch extends ProducerIdentity {
  readonly count: number;
  readonly first: number;
  readonly from: number;
  readonly isControlRecord: boolean;
}

function readRecords(body: Buffer, into: FetchedRecord[], batch: Batch): void {
  const { count, first, from, isControlRecord, producerId, producerEpoch } = batch;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = body[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  };
  const bytes = (): Buffer | null => {
    const length = varint();
    if (length < 0) return null;
    at += length;
    return body.subarray(at - length, at);
  };
  const text = (): string | undefined => {
    const length = varint();
    if (length < 0) return undefined;
    at += length;
    return body.toString('latin1', at - length, at);
  };
  /** Stops once both are found and ignores other headers. The first of repeated headers counts. */
  const marks = (end: number): RecordMarks | undefined => {
    let source: string | undefined;
    let type: string | undefined;
    for (let left = varint(); left > 0 && at < end && !(source && type); left--) {
      const name = text();
      if (name === SOURCE_HEADER) {
        const value = text();
        source ??= value;
      } else if (name === TYPE_HEADER) {
        const value = text();
        type ??= value;
      } else {
        const length = varint();
        if (length > 0) at += length;
      }
    }
    return source === undefined && type === undefined ? undefined : { source, type };
  };
  for (let index = 0; index < count; index++) {
    const length = varint();
    const end = at + length;
    if (end > body.length) throw new Error('a record batch is shorter than it declares');
    // Skips the unused attributes and the timestamp, which may be longer than other numbers.
    at += 1;
    while ((body[at++] ?? 0) >= 0x80);
    const offset = first + varint();
    if (offset >= from) {
      into.push({
        offset: String(offset),
        key: bytes(),
        value: bytes(),
        marks: marks(end),
        isControlRecord,
        producerId,
        producerEpoch,
      });
    }
    at = end;
  }
}

/** Body of a Fetch response, version 11. */
export interface FetchAnswer {
  readonly errorCode: number;
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly set: Buffer;
    }[];
  }[];
}

/** Without the records, which are decoded from `set`. */
export function decodeFetchAnswer(body: Buffer): FetchAnswer {
  let at = 4;
  const int16 = () => body.readInt16BE((at += 2) - 2);
  const int32 = () => body.readInt32BE((at += 4) - 4);
  const array = <Item>(item: () => Item): Item[] => Array.from({ length: Math.max(0, int32()) }, item);
  const errorCode = int16();
  at += 4;
  const responses = array(() => {
    const length = int16();
    const topicName = body.toString('utf8', at, (at += length));
    const partitions = array(() => {
      const partition = int32();
      const code = int16();
      at += 24;
      array(() => (at += 16));
      at += 4;
      const size = Math.max(0, int32());
      return { partition, errorCode: code, set: body.subarray(at, (at += size)) };
    });
    return { topicName, partitions };
  });
  return { errorCode, responses };
}
