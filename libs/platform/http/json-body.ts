import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BatchBody, isBatchRoute, NDJSON, setBatchLimit } from './batch-body.js';
import { readBodyBytes } from './body-bytes.js';
import { type InFlightBytes, UNBOUNDED } from './in-flight-bytes.js';
import { JsonReader, jsonParser } from './json-reader.js';
import { ProblemException } from './problem.js';
import { takesSignedBody } from './signed-body.js';
import { mayHaveBody, markBodyRefused } from './unread-body.js';

const OTHER_CHARSET = /;\s*charset\s*=\s*(?!(?:utf-?8|"utf-?8")\s*(?:;|$))/i;

export const SEND_JSON = 'Send the body as JSON, with the header Content-Type: application/json.';

const BODY_SIZE = Symbol('body-size');
type SizedRequest = FastifyRequest & { [BODY_SIZE]?: number };

export const bodySizeOf = (request: FastifyRequest): number => (request as SizedRequest)[BODY_SIZE] ?? 0;

/**
 * Accepts JSON in UTF-8 only (RFC 8259): decoding would silently replace other bytes, which could make two ids equal.
 * Batches may be larger than other bodies, and may be NDJSON. An empty body counts as missing whatever its type, because
 * many clients send the header with every request.
 */
export function acceptJsonOnly(
  fastify: FastifyInstance,
  batchLimitBytes: number,
  inFlight: Pick<InFlightBytes, 'reserve' | 'release'> = UNBOUNDED,
): void {
  fastify.removeAllContentTypeParsers();
  setBatchLimit(fastify, batchLimitBytes);
  const parse = jsonParser(fastify);
  const itemLimit = fastify.initialConfig.bodyLimit ?? batchLimitBytes;

  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (!mayHaveBody(request.headers)) delete request.headers['content-type'];
    done(null, payload);
  });

  async function readerOf(request: FastifyRequest, payload: Readable): Promise<JsonReader> {
    if (OTHER_CHARSET.test(request.headers['content-type'] ?? '')) {
      throw new ProblemException('unsupported-media-type', 'Send JSON in UTF-8.');
    }
    const bytes = request.routeOptions.bodyLimit ?? itemLimit;
    const body = await readBodyBytes(request, payload, {
      bytes,
      reserve: (more) => inFlight.reserve(request, more),
      release: (some) => inFlight.release(request, some),
    });
    (request as SizedRequest)[BODY_SIZE] = body.length;
    return new JsonReader(body, parse);
  }

  addParser(fastify, 'application/json', async (request, payload) => {
    const reader = await readerOf(request, payload);
    if (reader.isEmpty) return undefined;
    if (takesSignedBody(request)) return reader.bytes;
    if (isBatchRoute(request)) return new BatchBody(reader, 'array', itemLimit);
    const read = await reader.value(reader.whole);
    if (read.ok) return read.value;
    throw read.problem;
  });
  addParser(fastify, NDJSON, async (request, payload) => {
    if (isBatchRoute(request)) return new BatchBody(await readerOf(request, payload), 'lines', itemLimit);
    throw new ProblemException('unsupported-media-type', 'Send the body as JSON.');
  });
  // A chunked body may turn out to be empty at its end.
  addParser(fastify, '*', async (request, payload) => {
    const reader = await readerOf(request, payload);
    if (reader.isEmpty) return undefined;
    throw new ProblemException('unsupported-media-type', SEND_JSON);
  });
}

type Parser = (request: FastifyRequest, payload: Readable) => Promise<unknown>;

function addParser(fastify: FastifyInstance, type: string, parser: Parser): void {
  fastify.addContentTypeParser(type, async (request: FastifyRequest, payload: Readable) => {
    try {
      return await parser(request, payload);
    } catch (error) {
      markBodyRefused(request);
      throw error;
    }
  });
}
