import { string } from 'fast-check';
import kafkajs from 'kafkajs';
import { itForAll } from '#libs/kernel/testing';
import { murmur2 } from './murmur2.js';

const PARTITIONS = 1_000;
const partitionMetadata = Array.from({ length: PARTITIONS }, (_, partitionId) => ({
  partitionId,
  partitionErrorCode: 0,
  leader: 0,
  replicas: [],
  isr: [],
}));
const partitioner = kafkajs.Partitioners.DefaultPartitioner();

describe('murmur2', () => {
  it('agrees with the Java client', () => {
    expect(['foobar', 'a-little-bit-long-string', '21'].map(murmur2)).toEqual([
      -790332482, -985981536, -973932308,
    ]);
  });

  itForAll(
    'puts each key into the same partition as kafkajs',
    [string({ unit: 'binary', minLength: 1 })],
    (key) => {
      const message = { key, value: null };
      expect((murmur2(key) & 0x7fffffff) % PARTITIONS).toBe(
        partitioner({ topic: '', partitionMetadata, message }),
      );
    },
  );
});
