import { createRequire } from 'node:module';
import { array, dictionary, integer, nat, oneof, record, string, uint8Array } from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { crc32c } from './crc32c.js';
import { encodeRecordBatch } from './record-batch.js';

const load = createRequire(import.meta.url);
const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<{
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
  lastOffsetDelta: number;
  records: { key: Buffer; value: Buffer; headers: Record<string, Buffer>; offset: string }[];
}>;

const bytes = uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
const name = oneof(string({ maxLength: 100, unit: 'grapheme' }), string({ minLength: 60, maxLength: 140 }));
// kafkajs takes the members that every object has for headers that came before.
const headerName = name.filter((each) => !(each in Object.prototype));
const records = array(
  record({ key: bytes, value: bytes, headers: dictionary(headerName, name, { maxKeys: 5 }) }),
  { minLength: 1, maxLength: 150 },
);

describe('a record batch', () => {
  itForAll(
    'reads back as written',
    [records, nat(), integer({ min: 0, max: 32_767 })],
    { numRuns: 60 },
    async (given, sequence, producerEpoch) => {
      const producer = { producerId: '9007199254740993', producerEpoch };
      const batch = encodeRecordBatch(producer, sequence, given, 1_700_000_000_000);
      const read = await decodeBatch(new Decoder(batch));
      expect(read).toMatchObject({ ...producer, firstSequence: sequence, lastOffsetDelta: given.length - 1 });
      expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)));
      read.records.forEach(({ key, value, headers, offset }, index) => {
        expect(Number(offset)).toBe(index);
        expect([key, value]).toEqual([given[index]?.key, given[index]?.value]);
        const texts = Object.entries(headers).map(([header, text]) => [header, text.toString()]);
        expect(texts).toEqual(Object.entries(given[index]?.headers ?? {}));
      });
    },
  );
});
