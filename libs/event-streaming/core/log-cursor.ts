import { type Position, topicPartitionKey } from '#libs/kernel';

/**
 * A cursor is a reader's place in every partition, as opaque base64url text: a version; per topic its name, partition count
 * and next offsets, as 7-bit varints; and a checksum. A partition takes about four characters.
 */
const VERSION = 1;

/** Fits into a header. */
export const MAX_CURSOR_LENGTH = 12_000;

export const CURSOR = /^[A-Za-z0-9_-]+$/;
const MAX_TOPIC_LENGTH = 249;
const CHECKSUM_BYTES = 4;

/** @param positions ordered by topic and partition, with every partition of each topic */
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

/** `undefined` if {@link encodeLogCursor} did not make the text. */
export function decodeLogCursor(text: string): Position[] | undefined {
  if (text.length > MAX_CURSOR_LENGTH) return undefined;
  const whole = Buffer.from(text, 'base64url');
  const end = whole.length - CHECKSUM_BYTES;
  // The decoder tolerates other alphabets and stray characters, but each cursor has only one spelling.
  if (end < 1 || whole.toString('base64url') !== text || whole[0] !== VERSION) return undefined;
  const content = whole.subarray(0, end);
  if (whole.readUInt32BE(end) !== checksum(content)) return undefined;
  const positions = readTopics(content);
  // Anyone can compute the checksum, so repeated or unordered partitions are refused too.
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
    // Each partition takes at least a byte, so a short text cannot claim much memory.
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

/** FNV-1a, which detects a truncated or mistyped cursor. */
function checksum(content: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of content) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
