/** The first version with topic ids, supported by every broker from 3.4 on. Its response uses the flexible format. */
export const TOPIC_METADATA = {
  apiKey: 3,
  apiVersion: 12,
  apiName: 'Metadata',
} as const;

const NO_TAGS = 0;
const ID_BYTES = 16;

/** Begins with the header's tags, which kafkajs does not write. */
export function encodeTopicIdRequest(topic: string): Buffer {
  const name = Buffer.from(topic);
  return Buffer.concat([
    Buffer.from([NO_TAGS]),
    unsigned(2),
    Buffer.alloc(ID_BYTES),
    unsigned(name.length + 1),
    name,
    // No topic tags; no auto-creation; no authorized operations; no tags.
    Buffer.from([NO_TAGS, 0, 0, NO_TAGS]),
  ]);
}

/** The id in base64url, as Kafka's own tools show it. */
export function decodeTopicId(body: Buffer): { readonly errorCode: number; readonly topicId: string } {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = body.readUInt8(at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const skip = (bytes: number): void => {
    at += Math.max(0, bytes);
  };
  const skipText = (): void => skip(varint() - 1);
  const skipTags = (): void => {
    for (let tags = varint(); tags > 0; tags--) {
      varint();
      skip(varint());
    }
  };
  skipTags();
  // Throttle time.
  at += 4;
  for (let brokers = varint() - 1; brokers > 0; brokers--) {
    at += 4;
    skipText();
    at += 4;
    skipText();
    skipTags();
  }
  // Cluster id and controller.
  skipText();
  at += 4;
  if (varint() !== 2)
    throw new Error('the response to a request for one topic has a different number of topics');
  const errorCode = body.readInt16BE(at);
  at += 2;
  skipText();
  return { errorCode, topicId: body.toString('base64url', at, at + ID_BYTES) };
}

function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}
