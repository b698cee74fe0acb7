import net from 'node:net';
import tls from 'node:tls';

const CORRELATION_ID = 7;
/** ApiVersions. Every broker answers it, even before authentication. */
const API_VERSIONS = requestOf(18, []);
/** DescribeCluster: no tags, no authorized operations, no tags. */
const DESCRIBE_CLUSTER = requestOf(60, [0, 0, 0]);
const ANSWER_MS = 10_000;

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export const answersKafka = async (host, port) =>
  (await askKafka({ host, port }, API_VERSIONS)) !== undefined;

/**
 * @param {string} host
 * @param {number} port
 * @param {tls.SecureContextOptions} [certificates] where it wants an encrypted connection: of this end, and whom it trusts
 * @returns {Promise<string | undefined>} the id of the cluster of the broker that answers there
 */
export async function clusterIdAt(host, port, certificates) {
  const answer = await askKafka({ host, port, certificates }, DESCRIBE_CLUSTER);
  return answer && readClusterId(answer);
}

/**
 * @param {{ host: string, port: number, certificates?: tls.SecureContextOptions | undefined }} broker
 * @param {Buffer} request see `requestOf`
 * @returns {Promise<Buffer | undefined>} what follows the correlation id, in one piece: these answers are small
 */
export function askKafka({ host, port, certificates }, request) {
  return new Promise((resolve) => {
    const place = { host, port, timeout: ANSWER_MS };
    const send = () => void socket.write(request);
    /** @type {net.Socket} */
    const socket = certificates ? tls.connect({ ...place, ...certificates }, send) : net.connect(place, send);
    let received = Buffer.alloc(0);
    const end = (/** @type {Buffer | undefined} */ answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.length < 8) return;
      if (received.readInt32BE(4) !== CORRELATION_ID) end(undefined);
      else if (received.length >= 4 + received.readInt32BE(0)) end(received.subarray(8));
    });
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(undefined));
  });
}

/**
 * Skips tags, throttle time, error code and error text. The byte before a text holds its length plus one.
 * @param {Buffer} answer
 * @returns {string | undefined}
 */
function readClusterId(answer) {
  const afterThrottle = 1 + 4;
  if (answer.length < afterThrottle + 4 || answer.readInt16BE(afterThrottle) !== 0) return undefined;
  const text = afterThrottle + 2;
  const id = text + Math.max(1, answer.readUInt8(text));
  return answer.toString('utf8', id + 1, id + answer.readUInt8(id));
}

/**
 * A request of version 0, without a client id.
 * @param {number} api
 * @param {readonly number[] | Buffer} fields
 */
export function requestOf(api, fields) {
  const header = [0, api, 0, 0, 0, 0, 0, CORRELATION_ID, 0xff, 0xff];
  const request = Buffer.from([0, 0, 0, 0, ...header, ...fields]);
  request.writeInt32BE(request.length - 4);
  return request;
}
