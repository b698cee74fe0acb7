const SEED = 0x9747b28c | 0;
const MULTIPLIER = 0x5bd1e995 | 0;

/**
 * MurmurHash2 of a text's UTF-8, as Kafka's Java client has it (`org.apache.kafka.common.utils.Utils.murmur2`; algorithm
 * by Austin Appleby). kafkajs uses 64-bit arithmetic, which is twenty times slower.
 * @returns 32 bits, signed.
 */
export function murmur2(text: string): number {
  const bytes = Buffer.from(text);
  const { length } = bytes;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (whole < length) {
    for (let at = length - 1; at >= whole; at--) hash ^= (bytes[at] ?? 0) << (8 * (at - whole));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
