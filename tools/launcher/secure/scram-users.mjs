import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { askKafka, requestOf } from '../servers/kafka-answers.mjs';

/** AlterUserScramCredentials, which kafkajs has no call for. */
const API = 51;
const SCRAM_SHA_512 = 2;
/** The least that brokers take: these passwords are long and random. */
const ITERATIONS = 4096;
const HASH_BYTES = 64;

/**
 * Gives users their passwords, in place of those that they had. Brokers get salted hashes alone.
 * @param {object} at a broker
 * @param {number} at.port where this end may do everything
 * @param {import('node:tls').SecureContextOptions} at.certificates
 * @param {Readonly<Record<string, string>>} passwords by user
 */
export async function setPasswords({ port, certificates }, passwords) {
  const users = await Promise.all(Object.entries(passwords).map(credential));
  const request = Buffer.concat([noTags, compactArray([]), compactArray(users), noTags]);
  const answer = await askKafka({ host: '127.0.0.1', port, certificates }, requestOf(API, request));
  const failed = answer ? failedUsers(answer) : ['no answer'];
  if (failed.length > 0) throw new Error(`Kafka did not take the passwords: ${failed.join()}`);
}

/** @param {[string, string]} user and password */
async function credential([user, password]) {
  const salt = randomBytes(32);
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, HASH_BYTES, 'sha512');
  const iterations = Buffer.alloc(4);
  iterations.writeInt32BE(ITERATIONS);
  const mechanism = Buffer.from([SCRAM_SHA_512]);
  return Buffer.concat([
    compactBytes(Buffer.from(user)),
    mechanism,
    iterations,
    compactBytes(salt),
    compactBytes(salted),
    noTags,
  ]);
}

const noTags = Buffer.from([0]);
/** Lengths are one more than they are, and up to 126 in one byte. @param {Buffer} bytes */
const compactBytes = (bytes) => Buffer.concat([Buffer.from([bytes.length + 1]), bytes]);
/** @param {Buffer[]} items */
const compactArray = (items) => Buffer.concat([Buffer.from([items.length + 1]), ...items]);

/** @param {Buffer} answer with the tags of its header */
function failedUsers(answer) {
  const afterThrottle = 1 + 4;
  let at = afterThrottle;
  const failed = [];
  for (let left = answer.readUInt8(at++) - 1; left > 0; left--) {
    const nameEnd = at + answer.readUInt8(at);
    const name = answer.toString('utf8', at + 1, nameEnd);
    const code = answer.readInt16BE(nameEnd);
    const message = nameEnd + 2;
    at = message + Math.max(1, answer.readUInt8(message)) + 1;
    if (code !== 0) failed.push(`${name} (error ${code})`);
  }
  return failed;
}
