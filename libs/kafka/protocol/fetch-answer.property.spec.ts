import { createRequire } from 'node:module';
import { array, boolean, integer, nat, option, record, uint8Array } from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { decodeBatches, decodeFetchAnswer } from './fetch-answer.js';
import { encodeRecordBatch } from './record-batch.js';

const load = createRequire(import.meta.url);
interface Encoder {
  readonly buffer: Buffer;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeInt64(value: number): Encoder;
  writeString(value: string): Encoder;
  writeBytes(value: Buffer): Encoder;
}
const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<Encoder>;
};
const Record = load('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder;
const Encoder = load('kafkajs/src/protocol/encoder') as new () => Encoder;
const Long = load('kafkajs/src/utils/long') as { fromNumber(value: number): object };
const { lookupCodecByAttributes } = load('kafkajs/src/protocol/message/compression') as {
  lookupCodecByAttributes: (attributes: number) => { decompress(body: Buffer): Promise<Buffer> };
};

const GZIP = 1;
const bytes = uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each));
const given = array(
  record({
    // Offsets are left free where the log has been compacted.
    gap: nat(300),
    isCompressed: boolean(),
    records: array(
      record({
        key: option(bytes),
        value: option(bytes),
        header: bytes,
        // Milliseconds after the first of the batch; clocks go back, too.
        timestampDelta: integer({ min: -5_000_000_000, max: 5_000_000_000 }),
      }),
      { minLength: 1, maxLength: 90 },
    ),
  }),
  { maxLength: 4 },
);

const decompress = (attributes: number, body: Buffer) => lookupCodecByAttributes(attributes).decompress(body);
const read = (set: Buffer, from = 0) => decodeBatches(set, from, decompress);

type Given = typeof given extends { generate(...args: never[]): { value: infer Value } } ? Value : never;

/** By kafkajs, with the offsets that each record gets. */
async function encode(batches: Given) {
  let offset = 0;
  const encoded: Buffer[] = [];
  const expected: { offset: string; key: Buffer | null; value: Buffer | null }[] = [];
  for (const { gap, isCompressed, records } of batches) {
    offset += gap;
    const batch = await RecordBatch({
      compression: isCompressed ? GZIP : 0,
      firstOffset: Long.fromNumber(offset),
      producerId: Long.fromNumber(77),
      producerEpoch: 5,
      records: records.map(({ key, value, header, timestampDelta }, offsetDelta) =>
        Record({ key, value, offsetDelta, timestampDelta, headers: { header } }),
      ),
    });
    encoded.push(batch.buffer);
    for (const { key, value } of records) expected.push({ offset: String(offset++), key, value });
  }
  return { encoded, expected };
}

describe('fetched batches', () => {
  itForAll('decode as kafkajs writes them, compressed or not', [given, nat(400)], async (batches, from) => {
    const { encoded, expected } = await encode(batches);
    const producer = { producerId: '77', producerEpoch: 5, isControlRecord: false };
    expect(await read(Buffer.concat(encoded), from)).toEqual(
      expected.filter(({ offset }) => Number(offset) >= from).map((each) => ({ ...each, ...producer })),
    );
  });

  itForAll('decode up to a truncated one', [given, integer({ min: 1, max: 60 })], async (batches, cut) => {
    const { encoded } = await encode(batches);
    const whole = await read(Buffer.concat(encoded.slice(0, -1)));
    const set = Buffer.concat(encoded);
    expect(await read(set.subarray(0, Math.max(0, set.length - cut)))).toEqual(whole);
  });

  it('take marks from the first of repeated headers', async () => {
    const headers = {
      ce_source: ['/orderstream/orders', '/else'],
      other: 'x',
      ce_type: ['order.created', 'y'],
    };
    const { buffer } = await RecordBatch({
      compression: 0,
      firstOffset: Long.fromNumber(0),
      producerId: Long.fromNumber(7),
      producerEpoch: 0,
      records: [Record({ key: null, value: null, offsetDelta: 0, timestampDelta: 0, headers })],
    });
    const [record] = await read(buffer);
    expect(record?.marks).toEqual({ source: '/orderstream/orders', type: 'order.created' });
  });

  it('are rejected if in an older format or shorter than declared', async () => {
    const batch = encodeRecordBatch(
      { producerId: '1', producerEpoch: 0 },
      0,
      [{ key: Buffer.from('key'), value: Buffer.from('value'), headers: {} }],
      0,
    );
    const older = Buffer.from(batch);
    older[16] = 1;
    await expect(read(older)).rejects.toThrow('magic 1');
    const short = Buffer.from(batch);
    short.writeInt32BE(2, 57);
    await expect(read(short)).rejects.toThrow('shorter than it declares');
  });

  it('come in a response as the protocol defines it', () => {
    const partition = (index: number, set: Buffer) => {
      const encoder = new Encoder().writeInt32(index).writeInt16(0);
      encoder.writeInt64(9).writeInt64(9).writeInt64(0);
      return encoder.writeInt32(1).writeInt64(4).writeInt64(2).writeInt32(-1).writeBytes(set).buffer;
    };
    const head = new Encoder().writeInt32(0).writeInt16(0).writeInt32(0).writeInt32(1);
    const topic = head.writeString('orders').writeInt32(2).buffer;
    const sets = [Buffer.from('one'), Buffer.alloc(0)];
    expect(
      decodeFetchAnswer(Buffer.concat([topic, ...sets.map((set, index) => partition(index, set))])),
    ).toEqual({
      errorCode: 0,
      responses: [
        {
          topicName: 'orders',
          partitions: sets.map((set, index) => ({ partition: index, errorCode: 0, set })),
        },
      ],
    });
  });
});
