import { randomBytes } from 'node:crypto';
import { chunked, inOrder, oneByteChunks, repeated } from './bodies.js';
import type { Flood } from './flood.js';
import { type RawRequest, sendRaw } from './raw-request.js';

const BATCH = '/v1/orders/batch';
const MIB_16 = 16_777_216;
const JSON_TYPE = { 'content-type': 'application/json' };
const NDJSON_TYPE = { 'content-type': 'application/x-ndjson' };
const CHUNKED = { 'transfer-encoding': 'chunked' };
const TIMES = 20;
const LIVE = 'GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n';

const keyless = (name: string, request: () => RawRequest): Flood => ({
  name,
  times: TIMES,
  run: (target, signal) => sendRaw(target, request(), signal),
});

const sized = (length: number) => ({ 'content-length': String(length) });

/** What a stranger can send without an API key. */
export const KEYLESS_FLOODS: readonly Flood[] = [
  keyless('brackets', () => ({
    path: BATCH,
    headers: { ...JSON_TYPE, ...sized(MIB_16) },
    body: inOrder(repeated('[', MIB_16 / 2), repeated(']', MIB_16 / 2)),
  })),
  keyless('one-byte-chunks', () => ({
    path: BATCH,
    headers: { ...JSON_TYPE, ...CHUNKED },
    body: oneByteChunks(3_000_000),
  })),
  keyless('broken-lines', () => ({
    path: BATCH,
    headers: { ...NDJSON_TYPE, ...sized(MIB_16) },
    body: repeated('x\n', MIB_16 / 2),
  })),
  keyless('unknown-path', () => ({
    path: '/v1/nothing',
    headers: { ...JSON_TYPE, ...sized(MIB_16) },
    body: repeated('[', MIB_16),
  })),
  keyless('one-byte-chunks-to-nowhere', () => ({
    path: '/v1/nothing',
    headers: { ...JSON_TYPE, ...CHUNKED },
    body: oneByteChunks(3_000_000),
  })),
  keyless('body-of-a-health-check', () => ({
    path: '/health/live',
    method: 'GET',
    headers: { ...JSON_TYPE, ...CHUNKED },
    body: oneByteChunks(3_000_000),
  })),
  keyless('endless-body', () => ({
    path: BATCH,
    headers: { ...JSON_TYPE, ...CHUNKED },
    body: chunked(repeated(' ', 1_000_000_000)),
  })),
  keyless('trickle', () => ({
    path: BATCH,
    headers: { ...JSON_TYPE, ...sized(MIB_16) },
    body: repeated(' ', MIB_16),
    pauseMs: 500,
  })),
  keyless('expecting-continue', () => ({
    path: BATCH,
    headers: { ...JSON_TYPE, ...sized(MIB_16), expect: '100-continue' },
    body: repeated('[', MIB_16),
  })),
  keyless('guessed-keys', () => ({
    path: '/v1/orders',
    method: 'GET',
    headers: { authorization: `Bearer os_${randomBytes(32).toString('base64url')}` },
  })),
  keyless('forwarding-endpoint', () => ({
    path: '/internal/forwarded-commands',
    headers: { ...JSON_TYPE, ...sized(MIB_16), 'orderstream-peer-token': 'guessed' },
    body: repeated('[', MIB_16),
  })),
  keyless('readiness', () => ({ path: '/health/ready', method: 'GET' })),
  keyless('metrics', () => ({ path: '/metrics', method: 'GET' })),
  keyless('pipelined-requests', () => ({
    path: '/health/live',
    method: 'GET',
    body: repeated(LIVE, 100_000),
  })),
  keyless('unread-pipelines', () => ({
    path: '/health/live',
    method: 'GET',
    body: repeated(LIVE, 100_000),
    deaf: true,
  })),
  keyless('pipelines-and-garbage', () => ({
    path: '/health/live',
    method: 'GET',
    body: inOrder(repeated(LIVE, 50), repeated('garbage\r\n', 1_000_000)),
    deaf: true,
  })),
  keyless('zipped-bodies', () => ({
    path: BATCH,
    headers: { ...JSON_TYPE, ...CHUNKED, 'content-encoding': 'gzip' },
    body: chunked(repeated('\x1f\x8b', MIB_16 / 2, 'latin1')),
  })),
  keyless('long-query', () => ({
    path: `/v1/orders?${'a=&'.repeat(4_000)}`,
    method: 'GET',
  })),
  {
    ...keyless('silent-connections', () => ({ path: '/v1/orders', body: [], deaf: true })),
    times: 200,
  },
];
