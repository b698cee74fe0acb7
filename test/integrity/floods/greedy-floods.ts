import { gzipSync } from 'node:zlib';
import { loadSettings } from '#libs/platform';
import { inOrder, oneByteChunks, orderOf, repeated } from './bodies.js';
import { type Flood, type RawRequest, sendRaw } from './flood.js';

const BATCH = '/v1/orders/batch';
const MIB = 1_048_576;
/** The largest batch that the product accepts. */
const LARGEST = loadSettings(process.env).http.batchLimitBytes;
const NDJSON = 'application/x-ndjson';

const bytesOf = (parts: readonly Buffer[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/** With a key: parts are made once, and sent by all. */
function greedy(name: string, make: () => RawRequest & { readonly type?: string }, times = 4): Flood {
  let made: ReturnType<typeof make> | undefined;
  return {
    name,
    times,
    run: (target, signal) => {
      const { type = 'application/json', headers, ...request } = (made ??= make());
      const body = request.body === undefined ? undefined : [...request.body];
      if (body) made = { ...made, body };
      const length =
        body && !headers?.['transfer-encoding'] ? { 'content-length': String(bytesOf(body)) } : {};
      const all = {
        authorization: `Bearer ${target.apiKey}`,
        ...(body && { 'content-type': type }),
        ...length,
        ...headers,
      };
      return sendRaw(target, { ...request, ...(body && { body }), headers: all }, signal);
    },
  };
}

const many = (count: number, textOf: (index: number) => string): string =>
  Array.from({ length: Math.floor(count) }, (_, index) => textOf(index)).join();

/** An order of unknown fields, about 16 KiB long. */
const unknownFields = `{${many(1_600, (index) => `"f${index}":1`)}}`;

/** Floods that a tenant can send with its key. */
export const GREEDY_FLOODS: readonly Flood[] = [
  greedy('nested-json', () => ({
    path: '/v1/orders',
    body: inOrder(repeated('[', MIB / 2 - 10), repeated(']', MIB / 2 - 10)),
  })),
  greedy('nested-batch', () => ({
    path: BATCH,
    body: inOrder(repeated('[', LARGEST / 2), repeated(']', LARGEST / 2)),
  })),
  greedy('unknown-fields', () => ({
    path: BATCH,
    body: [Buffer.from(`[${many(LARGEST / unknownFields.length - 1, () => unknownFields)}]`)],
  })),
  greedy('broken-lines', () => ({ path: BATCH, type: NDJSON, body: repeated('x\n', LARGEST / 2) })),
  greedy('long-line', () => ({ path: BATCH, type: NDJSON, body: repeated('[', LARGEST) })),
  greedy('wrong-values', () => ({
    path: BATCH,
    body: inOrder('[{"items":[1', repeated(',1', LARGEST / 2 - 10), ']}]'),
  })),
  greedy('wrong-items', () => ({
    path: BATCH,
    body: [Buffer.from(`[${many(400, () => `{"items":[${many(2_000, () => '{}')}]}`)}]`)],
  })),
  greedy('one-byte-chunks', () => ({
    path: BATCH,
    headers: { 'transfer-encoding': 'chunked' },
    body: oneByteChunks(3_000_000),
  })),
  greedy('zip-bombs', () => ({
    path: BATCH,
    headers: { 'content-encoding': 'gzip' },
    body: [gzipSync(Buffer.alloc(100 * MIB, ' '))],
  })),
  greedy('empty-gzip-members', () => ({
    path: BATCH,
    headers: { 'content-encoding': 'gzip' },
    body: repeated(gzipSync('').toString('latin1'), LARGEST / 20, 'latin1'),
  })),
  greedy('zipped-batches', () => ({
    path: BATCH,
    type: NDJSON,
    headers: { 'content-encoding': 'gzip' },
    body: [gzipSync('x\n'.repeat(LARGEST / 2))],
  })),
  greedy(
    'large-batch',
    () => {
      const order = JSON.stringify(orderOf(1_000));
      return {
        path: BATCH,
        body: [Buffer.from(`[${many(LARGEST / order.length - 1, () => order)}]`)],
      };
    },
    1,
  ),
  greedy('large-pages', () => ({ path: '/v1/orders?limit=500', method: 'GET' })),
  greedy('unread-pages', () => ({ path: '/v1/orders?limit=500', method: 'GET', deaf: true }), 200),
  greedy('large-polls', () => ({ path: '/v1/events?from=beginning&limit=500', method: 'GET' })),
  greedy(
    'unread-streams',
    () => ({ path: '/v1/events/stream?from=beginning', method: 'GET', deaf: true }),
    20,
  ),
];
