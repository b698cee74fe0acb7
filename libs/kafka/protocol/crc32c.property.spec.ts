import { createRequire } from 'node:module';
import { uint8Array } from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { crc32c } from './crc32c.js';

const ofKafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (
  bytes: Buffer,
) => number;

describe('CRC-32C', () => {
  it('computes the checksum of RFC 3720', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  itForAll('agrees with kafkajs', [uint8Array({ maxLength: 500 })], (each) => {
    const bytes = Buffer.from(each);
    expect(crc32c(bytes)).toBe(ofKafkajs(bytes));
  });
});
