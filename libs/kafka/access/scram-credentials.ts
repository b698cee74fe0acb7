import type { RawRequest } from '../protocol/kafkajs-internals.js';

/** A user's password as brokers keep it: they never see the password itself. */
export interface SaltedPassword {
  readonly user: string;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly salted: Buffer;
}

/** A user whose change the brokers refused, by the code of the error. */
export interface RefusedUser {
  readonly user: string;
  readonly errorCode: number;
}

const SCRAM_SHA_512 = 2;
const ALTER_API = { apiKey: 51, apiVersion: 0, apiName: 'AlterUserScramCredentials' };
const DESCRIBE_API = { apiKey: 50, apiVersion: 0, apiName: 'DescribeUserScramCredentials' };
const NO_TAGS = Buffer.from([0]);
const ALL_USERS = Buffer.from([0]);

/** Takes the SCRAM-SHA-512 passwords of some users away, and sets those of others. */
export const alterCredentials = (
  removed: readonly string[],
  set: readonly SaltedPassword[],
): RawRequest<RefusedUser[]> => ({
  ...ALTER_API,
  // Begins with the header's tags, which kafkajs does not write.
  body: Buffer.concat([
    NO_TAGS,
    array(removed.map((user) => Buffer.concat([text(user), int8(SCRAM_SHA_512), NO_TAGS]))),
    array(set.map(credential)),
    NO_TAGS,
  ]),
  decode: (answer) => {
    const reader = new FlexibleReader(answer);
    return reader.items(() => {
      const user = reader.text();
      const errorCode = reader.int16();
      reader.text();
      reader.tags();
      return { user, errorCode };
    });
  },
});

/** Asks for all users that have a password of any mechanism. */
export const describeCredentials = (): RawRequest<{ errorCode: number; users: string[] }> => ({
  ...DESCRIBE_API,
  body: Buffer.concat([NO_TAGS, ALL_USERS, NO_TAGS]),
  decode: (answer) => {
    const reader = new FlexibleReader(answer);
    const errorCode = reader.int16();
    reader.text();
    const users = reader.items(() => {
      const user = reader.text();
      reader.int16();
      reader.text();
      reader.items(() => {
        reader.int8();
        reader.int32();
        reader.tags();
      });
      reader.tags();
      return user;
    });
    return { errorCode, users };
  },
});

const credential = ({ user, iterations, salt, salted }: SaltedPassword): Buffer =>
  Buffer.concat([text(user), int8(SCRAM_SHA_512), int32(iterations), bytes(salt), bytes(salted), NO_TAGS]);

const int8 = (value: number): Buffer => Buffer.from([value]);

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

/** Lengths in the flexible format are one more than they are. */
const bytes = (value: Buffer): Buffer => Buffer.concat([varint(value.length + 1), value]);
const text = (value: string): Buffer => bytes(Buffer.from(value));
const array = (items: readonly Buffer[]): Buffer => Buffer.concat([varint(items.length + 1), ...items]);

function varint(value: number): Buffer {
  const encoded: number[] = [];
  let left = value;
  for (; left > 127; left >>>= 7) encoded.push((left & 127) | 128);
  return Buffer.from([...encoded, left]);
}

/** Reads the body of an answer in the flexible format, after the header's tags and the throttle time. */
class FlexibleReader {
  #at = 0;

  constructor(private readonly body: Buffer) {
    this.tags();
    this.int32();
  }

  int8 = (): number => this.body.readInt8(this.#skip(1));
  int16 = (): number => this.body.readInt16BE(this.#skip(2));
  int32 = (): number => this.body.readInt32BE(this.#skip(4));

  /** Empty for null. */
  text(): string {
    const length = Math.max(0, this.#varint() - 1);
    const start = this.#skip(length);
    return this.body.toString('utf8', start, start + length);
  }

  items<Item>(read: () => Item): Item[] {
    return Array.from({ length: Math.max(0, this.#varint() - 1) }, read);
  }

  tags(): void {
    for (let count = this.#varint(); count > 0; count--) {
      this.#varint();
      this.#skip(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.body.readUInt8(this.#skip(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** @returns where it was */
  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
