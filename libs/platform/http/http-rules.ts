import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.js';

/** Node silently drops headers after the first 1,000, and the idempotency key could be among them. */
const MAX_HEADERS = 200;

/** Refuses well-formed requests that HTTP leaves unsafe to answer, before routing and authentication. */
export function enforceHttpRules(fastify: FastifyInstance): void {
  fastify.server.maxHeadersCount = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    const problem = httpRuleViolation(request.raw);
    // Upgrades are ignored, but Node has dropped any data that followed the request in the same packet.
    if (request.headers.upgrade !== undefined) void reply.header('connection', 'close');
    if (!problem) return done();
    // Client and server may disagree about where the request ends.
    void reply.header('connection', 'close');
    done(problem);
  });
}

type Request = Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>;

function httpRuleViolation({ httpVersion, headers, rawHeaders }: Request): ProblemException | undefined {
  const isOld = httpVersion === '1.0';
  if (!isOld && httpVersion !== '1.1')
    return new ProblemException('http-version-not-supported', `HTTP/${httpVersion} is not supported.`);
  if (rawHeaders.length / 2 > MAX_HEADERS)
    return new ProblemException('headers-too-large', `There are more than ${MAX_HEADERS} headers.`);
  const hosts = countOf('host', rawHeaders);
  if (hosts > 1 || (hosts === 0 && !isOld))
    return new ProblemException('malformed-request', 'Exactly one Host header is required.');
  // Node takes the first. A proxy in front may have checked another.
  if (countOf('authorization', rawHeaders) > 1)
    return new ProblemException('malformed-request', 'Send the Authorization header once.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && isOld)
    return new ProblemException('malformed-request', 'HTTP/1.0 has no Transfer-Encoding.');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return new ProblemException('not-implemented', 'The only supported Transfer-Encoding is chunked.');
  if (headers.expect !== undefined && !isOld && !CONTINUE.test(headers.expect))
    return new ProblemException('expectation-failed', 'The only supported expectation is 100-continue.');
  return undefined;
}

const countOf = (header: string, rawHeaders: readonly string[]): number =>
  rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.length === header.length && name.toLowerCase() === header,
  ).length;

const CONTINUE = /^100-continue$/i;

/** Whether the client waits for `100 Continue` before it sends the body, which HTTP/1.0 does not define. */
export const expectsContinue = ({ httpVersion, headers }: Omit<Request, 'rawHeaders'>): boolean =>
  httpVersion === '1.1' && headers.expect !== undefined;
