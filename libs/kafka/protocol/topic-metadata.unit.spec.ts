import { decodeTopicId, encodeTopicIdRequest } from './topic-metadata.js';

const compact = (text: string): Buffer => Buffer.concat([Buffer.from([text.length + 1]), Buffer.from(text)]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

describe('the request for a topic id', () => {
  const id = Buffer.from(Array.from({ length: 16 }, (_, index) => 200 + index));
  const broker = (rack: Buffer) =>
    Buffer.concat([int32(1), compact('127.0.0.1'), int32(9092), rack, Buffer.from([1, 7, 3, 1, 2, 3])]);
  const answer = (errorCode: number) =>
    Buffer.concat([
      Buffer.from([0]),
      int32(0),
      Buffer.from([3]),
      broker(Buffer.from([0])),
      broker(compact('rack-1')),
      compact('cluster'),
      int32(1),
      Buffer.from([2, 0, errorCode]),
      compact('orders'),
      id,
      Buffer.from([0]),
    ]);

  it('names one topic and does not create it', () => {
    const zeros = '00'.repeat(16);
    expect(encodeTopicIdRequest('orders').toString('hex')).toBe(
      `0002${zeros}07${Buffer.from('orders').toString('hex')}00000000`,
    );
  });

  it('is answered as the protocol defines it', () => {
    expect(decodeTopicId(answer(0))).toEqual({ errorCode: 0, topicId: id.toString('base64url') });
    expect(decodeTopicId(answer(3))).toMatchObject({ errorCode: 3 });
  });
});
