import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { acceptBatches, type ParseJson } from './batch-body.js';
import { ProblemException } from './problem.js';

const OTHER_CHARSET = /;\s*charset\s*=\s*"?(?!utf-?8"?\s*(?:;|$))/i;

/**
 * JSON is UTF-8 (RFC 8259). Other bytes would be replaced without a word, so that two different ids could become one:
 * they are refused.
 */
export function acceptJsonOnly(fastify: FastifyInstance, batchLimitBytes: number): void {
  fastify.removeAllContentTypeParsers();
  // Keys that could reach into an object's prototype are refused, not dropped.
  const parse = fastify.getDefaultJsonParser('error', 'error') as ParseJson;
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      parse(request, textOf(request, body), done);
    } catch (problem) {
      done(problem as Error);
    }
  });
  acceptBatches(fastify, batchLimitBytes, parse, textOf);
}

/** @throws ProblemException for bytes that are not UTF-8. */
function textOf(request: FastifyRequest, body: Buffer): string {
  if (OTHER_CHARSET.test(request.headers['content-type'] ?? '')) {
    throw new ProblemException({ code: 'unsupported-media-type', detail: 'Send JSON in UTF-8.' });
  }
  if (isUtf8(body)) return body.toString('utf8');
  throw new ProblemException({ code: 'malformed-request', detail: 'The body is not UTF-8.' });
}
