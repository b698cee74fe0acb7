/** Castagnoli's polynomial, bit-reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** Effect of each byte value on the remainder, by its distance from the end of a slice. */
const TABLES = Array.from({ length: SLICES }, () => new Int32Array(256));
type Table = Int32Array;
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [Table, Table, Table, Table, Table, Table, Table, Table];
for (let byte = 0; byte < 256; byte++) {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  T0[byte] = rest;
}
for (let slice = 1; slice < SLICES; slice++) {
  const before = TABLES[slice - 1] as Int32Array;
  const table = TABLES[slice] as Int32Array;
  for (let byte = 0; byte < 256; byte++) {
    const rest = before[byte] as number;
    table[byte] = (rest >>> 8) ^ (T0[rest & 0xff] as number);
  }
}

/**
 * CRC-32C, eight bytes at a time. Source: M. Kounavis and F. Berry, "A Systematic Approach to Building High Performance
 * Software-based CRC Generators" (2005). kafkajs takes one byte at a time, which is several times slower.
 */
export function crc32c(bytes: Buffer): number {
  let crc = -1;
  let at = 0;
  for (const whole = bytes.length & ~7; at < whole; at += 8) {
    const low = crc ^ bytes.readInt32LE(at);
    const high = bytes.readInt32LE(at + 4);
    crc =
      (T7[low & 0xff] as number) ^
      (T6[(low >>> 8) & 0xff] as number) ^
      (T5[(low >>> 16) & 0xff] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[high & 0xff] as number) ^
      (T2[(high >>> 8) & 0xff] as number) ^
      (T1[(high >>> 16) & 0xff] as number) ^
      (T0[high >>> 24] as number);
  }
  for (; at < bytes.length; at++) {
    crc = (T0[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
