import { crc32c } from './crc32c.js';

export interface RecordToAppend {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The producer of a batch. Ids are decimal text, because they may exceed 2^53. */
export interface ProducerIdentity {
  readonly producerId: string;
  readonly producerEpoch: number;
}

const MAGIC = 2;
const NO_LEADER_EPOCH = -1;
/** Offsets of the header fields: https://kafka.apache.org/documentation/#recordbatch */
const LENGTH_AT = 8;
const CRC_AT = 17;
const CHECKED_FROM = 21;
const HEADER_BYTES = 61;

/** Maximum overhead of a record besides key, value and headers, in bytes. */
const RECORD_OVERHEAD = 40;
/** Maximum size of a 32-bit varint, in bytes. */
const VARINT_BYTES = 5;

/**
 * Encodes an uncompressed record batch of format 2 into one buffer. kafkajs allocates several buffers per record, which
 * costs more than the rest of an append.
 */
export function encodeRecordBatch(
  { producerId, producerEpoch }: ProducerIdentity,
  firstSequence: number,
  records: readonly RecordToAppend[],
  timestamp: number,
): Buffer {
  const buffer = Buffer.allocUnsafe(
    HEADER_BYTES + records.reduce((sum, record) => sum + mostBytesOf(record), 0),
  );
  let end = HEADER_BYTES;
  records.forEach((record, index) => {
    end = writeRecord(buffer, end, record, index);
  });
  buffer.writeBigInt64BE(0n, 0);
  buffer.writeInt32BE(end - LENGTH_AT - 4, LENGTH_AT);
  buffer.writeInt32BE(NO_LEADER_EPOCH, 12);
  buffer.writeInt8(MAGIC, 16);
  buffer.writeInt16BE(0, CHECKED_FROM);
  buffer.writeInt32BE(records.length - 1, 23);
  buffer.writeBigInt64BE(BigInt(timestamp), 27);
  buffer.writeBigInt64BE(BigInt(timestamp), 35);
  buffer.writeBigInt64BE(BigInt(producerId), 43);
  buffer.writeInt16BE(producerEpoch, 51);
  buffer.writeInt32BE(firstSequence, 53);
  buffer.writeInt32BE(records.length, 57);
  buffer.writeUInt32BE(crc32c(buffer.subarray(CHECKED_FROM, end)), CRC_AT);
  return buffer.subarray(0, end);
}

function mostBytesOf({ key, value, headers }: RecordToAppend): number {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  // UTF-8 takes at most three bytes for each UTF-16 unit.
  for (const name in headers)
    bytes += 2 * VARINT_BYTES + 3 * (name.length + (headers[name] as string).length);
  return bytes;
}

function writeRecord(
  buffer: Buffer,
  start: number,
  { key, value, headers }: RecordToAppend,
  index: number,
): number {
  // The length comes first but is known last: reserve its maximum width, then move the record.
  const from = start + VARINT_BYTES;
  let at = from;
  buffer[at++] = 0; // attributes
  buffer[at++] = 0; // timestamp delta: the broker stamps the batch
  at = writeVarint(buffer, at, index);
  at = writeBytes(buffer, at, key);
  at = writeBytes(buffer, at, value);
  const names = Object.keys(headers);
  at = writeVarint(buffer, at, names.length);
  for (const name of names) {
    at = writeText(buffer, at, name);
    at = writeText(buffer, at, headers[name] as string);
  }
  const body = writeVarint(buffer, start, at - from);
  buffer.copyWithin(body, from, at);
  return body + at - from;
}

function writeBytes(buffer: Buffer, at: number, bytes: Buffer | null): number {
  if (bytes === null) return writeVarint(buffer, at, -1);
  const start = writeVarint(buffer, at, bytes.length);
  bytes.copy(buffer, start);
  return start + bytes.length;
}

function writeText(buffer: Buffer, at: number, text: string): number {
  // Most header texts are short, so one byte is reserved for the length, which is known after writing.
  const bytes = buffer.write(text, at + 1, 'utf8');
  if (bytes < 64) {
    buffer[at] = bytes << 1;
    return at + 1 + bytes;
  }
  const start = writeVarint(buffer, at, bytes);
  return start + buffer.write(text, start, 'utf8');
}

/** Writes a signed 32-bit integer as a zigzag varint, as in Protocol Buffers. */
function writeVarint(buffer: Buffer, start: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}
