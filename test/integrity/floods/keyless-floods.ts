import { randomBytes } from 'node:crypto';
import { chunked, inOrder, oneByteChunks, repeated } from './bodies.js';
import { type Flood, type RawRequest, sendRaw } from './flood.js';

const BATCH = '/v1/orders/batch';
const NOWHERE = '/v1/nothing';
const LIVE = '/health/live';
const MIB_16 = 16_777_216;
const SIZED = { 'content-type': 'application/json', 'content-length': String(MIB_16) };
const CHUNKED = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
const FORWARDED = '/internal/forwarded-commands';
const TIMES = 20;
const PIPELINED = `GET ${LIVE} HTTP/1.1\r\nhost: a\r\n\r\n`;

const flood = (name: string, request: () => RawRequest): Flood => ({
  name,
  times: TIMES,
  run: (target, signal) => sendRaw(target, request(), signal),
});

const post = (
  name: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: () => Iterable<Buffer>,
  more: Partial<RawRequest> = {},
): Flood => flood(name, () => ({ path, headers, body: body(), ...more }));

const get = (name: string, path: string, more: () => Partial<RawRequest> = () => ({})): Flood =>
  flood(name, () => ({ path, method: 'GET', ...more() }));

const brackets = () => repeated('[', MIB_16);
const ones = () => oneByteChunks(3_000_000);

/** Floods that a stranger can send without an API key. */
export const KEYLESS_FLOODS: readonly Flood[] = [
  post('brackets', BATCH, SIZED, () => inOrder(repeated('[', MIB_16 / 2), repeated(']', MIB_16 / 2))),
  post('one-byte-chunks', BATCH, CHUNKED, ones),
  post('broken-lines', BATCH, { ...SIZED, 'content-type': 'application/x-ndjson' }, () =>
    repeated('x\n', MIB_16 / 2),
  ),
  post('unknown-path', NOWHERE, SIZED, brackets),
  post('one-byte-chunks-to-nowhere', NOWHERE, CHUNKED, ones),
  post('body-of-a-health-check', LIVE, CHUNKED, ones, { method: 'GET' }),
  post('endless-body', BATCH, CHUNKED, () => chunked(repeated(' ', 1_000_000_000))),
  post('trickle', BATCH, SIZED, () => repeated(' ', MIB_16), { pauseMs: 500 }),
  post('expecting-continue', BATCH, { ...SIZED, expect: '100-continue' }, brackets),
  get('guessed-keys', '/v1/orders', () => ({
    headers: { authorization: `Bearer os_${randomBytes(32).toString('base64url')}` },
  })),
  post('forwarding-endpoint', FORWARDED, { ...SIZED, 'orderstream-peer-token': 'guessed' }, brackets),
  get('readiness', '/health/ready'),
  get('metrics', '/metrics'),
  get('pipelined-requests', LIVE, () => ({ body: repeated(PIPELINED, 100_000) })),
  get('unread-pipelines', LIVE, () => ({ body: repeated(PIPELINED, 100_000), deaf: true })),
  get('pipelines-and-garbage', LIVE, () => ({
    body: inOrder(repeated(PIPELINED, 50), repeated('garbage\r\n', 1_000_000)),
    deaf: true,
  })),
  post('zipped-bodies', BATCH, { ...CHUNKED, 'content-encoding': 'gzip' }, () =>
    chunked(repeated('\x1f\x8b', MIB_16 / 2, 'latin1')),
  ),
  get('long-query', `/v1/orders?${'a=&'.repeat(4_000)}`),
  {
    ...flood('silent-connections', () => ({ path: '/v1/orders', body: [], deaf: true })),
    times: 200,
  },
];
