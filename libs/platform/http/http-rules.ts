import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ProblemException, type ProblemOptions } from './problem.js';

/** Node silently drops headers after the first 1,000, and the idempotency key could be among them. */
const MAX_HEADERS = 200;

/** Refuses well-formed requests that HTTP leaves unsafe to answer, before routing and authentication. */
export function enforceHttpRules(fastify: FastifyInstance): void {
  fastify.server.maxHeadersCount = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    const broken = httpRuleViolation(request.raw);
    // Nothing is upgraded here, but Node has skipped what came behind the request in the same packet.
    if (request.headers.upgrade !== undefined) void reply.header('connection', 'close');
    if (!broken) return done();
    // The client may disagree with us about where the request ends.
    void reply.header('connection', 'close');
    done(new ProblemException(broken));
  });
}

type Request = Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>;

export function httpRuleViolation({ httpVersion, headers, rawHeaders }: Request): ProblemOptions | undefined {
  const isOld = httpVersion === '1.0';
  if (!isOld && httpVersion !== '1.1') {
    return { code: 'http-version-not-supported', detail: `HTTP/${httpVersion} is not supported.` };
  }
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    return { code: 'headers-too-large', detail: `There are more than ${MAX_HEADERS} headers.` };
  }
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1 || (hosts === 0 && !isOld)) {
    return { code: 'malformed-request', detail: 'There must be one Host header.' };
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && isOld) {
    return { code: 'malformed-request', detail: 'HTTP/1.0 has no Transfer-Encoding.' };
  }
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return { code: 'not-implemented', detail: 'The only Transfer-Encoding that is known is chunked.' };
  }
  if (headers.expect !== undefined && !isOld && !CONTINUE.test(headers.expect)) {
    return { code: 'expectation-failed', detail: 'The only expectation that is known is 100-continue.' };
  }
  return undefined;
}

const CONTINUE = /^100-continue$/i;

/** Whether the client holds its body back until it is told to go on. HTTP/1.0 knows no such thing. */
export const expectsContinue = ({ httpVersion, headers }: Omit<Request, 'rawHeaders'>): boolean =>
  httpVersion === '1.1' && headers.expect !== undefined;
