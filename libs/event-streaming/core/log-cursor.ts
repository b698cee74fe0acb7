import { type Position, topicPartitionKey } from '#libs/kernel';

/**
 * Where a reader stands in every partition, as an opaque text: a version, for each topic its name, the number of its
 * partitions and the next offset of each, and a checksum; numbers of seven bits to the byte, in base64url. A partition
 * takes about four characters.
 */
const VERSION = 1;

/** A header must hold it. */
export const MAX_CURSOR_LENGTH = 12_000;

/** What {@link encodeLogCursor} makes. */
export const CURSOR = /^[A-Za-z0-9_-]+$/;
const MAX_TOPIC_LENGTH = 249;
const CHECKSUM_BYTES = 4;

/** Positions by topic and partition, of which each topic has all from 0 on. */
export function encodeLogCursor(positions: readonly Position[]): string {
  const bytes: number[] = [VERSION];
  let start = 0;
  while (start < positions.length) {
    const topic = positions[start]?.topic ?? '';
    let end = start;
    while (positions[end]?.topic === topic) end++;
    const name = Buffer.from(topic);
    writeNumber(bytes, name.length);
    bytes.push(...name);
    writeNumber(bytes, end - start);
    for (; start < end; start++) writeNumber(bytes, positions[start]?.offset ?? 0);
  }
  const content = Buffer.from(bytes);
  const whole = Buffer.alloc(content.length + CHECKSUM_BYTES);
  content.copy(whole);
  whole.writeUInt32BE(checksum(content), content.length);
  return whole.toString('base64url');
}

/** `undefined` when {@link encodeLogCursor} has not made it. */
export function decodeLogCursor(text: string): Position[] | undefined {
  if (text.length > MAX_CURSOR_LENGTH) return undefined;
  const whole = Buffer.from(text, 'base64url');
  const end = whole.length - CHECKSUM_BYTES;
  // Other alphabets and stray characters are passed over by the decoder: the same bytes have one text only.
  if (end < 1 || whole.toString('base64url') !== text || whole[0] !== VERSION) return undefined;
  const content = whole.subarray(0, end);
  if (whole.readUInt32BE(end) !== checksum(content)) return undefined;
  const positions = readTopics(content);
  // A checksum is no secret: places that are named twice, or otherwise than we write them, are not ours either.
  return positions && encodeLogCursor(positions) === text && isEachOnce(positions) ? positions : undefined;
}

const isEachOnce = (positions: readonly Position[]): boolean =>
  new Set(positions.map(topicPartitionKey)).size === positions.length;

function readTopics(content: Buffer): Position[] | undefined {
  const reader = new NumberReader(content, 1);
  const positions: Position[] = [];
  while (reader.at < content.length) {
    const length = reader.next();
    if (length === undefined || length > MAX_TOPIC_LENGTH) return undefined;
    const topic = content.toString('utf8', reader.at, (reader.at += length));
    const partitions = reader.next();
    // Each takes a byte at least, so that a short text cannot ask for much memory.
    if (partitions === undefined || partitions > content.length - reader.at) return undefined;
    for (let partition = 0; partition < partitions; partition++) {
      const offset = reader.next();
      if (offset === undefined) return undefined;
      positions.push({ topic, partition, offset });
    }
  }
  return positions;
}

function writeNumber(bytes: number[], value: number): void {
  let left = value;
  while (left >= 128) {
    bytes.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  bytes.push(left);
}

class NumberReader {
  constructor(
    private readonly content: Buffer,
    public at: number,
  ) {}

  next(): number | undefined {
    let value = 0;
    for (let factor = 1; factor <= 128 ** 7; factor *= 128) {
      const byte = this.content[this.at++];
      if (byte === undefined) return undefined;
      value += (byte % 128) * factor;
      if (byte < 128) return Number.isSafeInteger(value) ? value : undefined;
    }
    return undefined;
  }
}

/** FNV-1a: tells a cursor that was cut off or mistyped. */
function checksum(content: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of content) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
