import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemException } from './problem.js';

const OTHER_CHARSET = /;\s*charset\s*=\s*"?(?!utf-?8"?\s*(?:;|$))/i;

/**
 * JSON is UTF-8 (RFC 8259). Other bytes would be replaced without a word, so that two different ids could become one:
 * they are refused.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  // Keys that could reach into an object's prototype are refused, not dropped.
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const problem = problemOf(request, body);
    if (problem) done(problem);
    else void parse(request, body.toString('utf8'), done);
  });
}

function problemOf(request: FastifyRequest, body: Buffer): ProblemException | undefined {
  if (OTHER_CHARSET.test(request.headers['content-type'] ?? '')) {
    return new ProblemException({ code: 'unsupported-media-type', detail: 'Send JSON in UTF-8.' });
  }
  if (isUtf8(body)) return undefined;
  return new ProblemException({ code: 'malformed-request', detail: 'The body is not UTF-8.' });
}
