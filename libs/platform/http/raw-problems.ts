import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemException } from './problem.js';
import { closeUnlessBodyRead } from './unread-body.js';

/** Answers errors that Fastify finds before routing: a path that cannot be decoded, or that is too long. */
export function answerFrameworkError(
  error: Error & { code: string },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? new ProblemException('not-found', 'No path is that long.')
      : new ProblemException('malformed-request', 'The path of the request cannot be decoded.');
  // Our hooks do not run for these errors.
  closeUnlessBodyRead(request, reply, () => {
    void reply.header('x-request-id', request.id);
    void reply.status(problem.status).type('application/problem+json').send(problem.toBody(request.url));
  });
}

/** Node's error for a request that it cannot parse, or that arrives too slowly. */
export type ClientError = Error & {
  readonly code?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
};

const notHttp = () => new ProblemException('malformed-request', 'The request is not valid HTTP.');
const otherVersion = () => new ProblemException('http-version-not-supported', 'Send HTTP/1.1.');

/** `undefined` if no answer is due, because the client sent data after its last request. */
export function problemOfClientError(error: ClientError): ProblemException | undefined {
  switch (error.code) {
    case 'HPE_CLOSED_CONNECTION':
      return undefined;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemException('request-timeout', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return endsInTarget(lineOf(error).before)
        ? new ProblemException('target-too-long', 'The path or query of the request is too long.')
        : new ProblemException('headers-too-large', 'The headers of the request are too large.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new ProblemException('body-too-large', 'The chunk extensions of the body are too large.');
    case 'HPE_INVALID_METHOD':
      return isRequestLine(lineOf(error).after)
        ? new ProblemException('not-implemented', 'The method is unknown.')
        : notHttp();
    case 'HPE_PAUSED_H2_UPGRADE':
      return otherVersion();
    case 'HPE_INVALID_VERSION':
      return VERSION.test(lineOf(error).whole.slice(-LONGEST_VERSION)) ? otherVersion() : notHttp();
    case 'HPE_INVALID_EOF_STATE':
      return new ProblemException('malformed-request', 'The request was cut off.');
    default:
      return notHttp();
  }
}

// Clients choose how long lines are, so every expression must run in linear time.
const VERSION = /HTTP\/\d\.\d\r?$/;
const LONGEST_VERSION = 'HTTP/1.1\r'.length;

/** @param line from inside the method on */
function isRequestLine(line: string): boolean {
  const [method = '', target = '', version = '', ...more] = line.split(' ', 4);
  return /^[!#$%&'*+.^_`|~\w-]*$/.test(method) && target !== '' && VERSION.test(version) && more.length === 0;
}

function endsInTarget(line: string): boolean {
  const isHeader = /^[!#$%&'*+.^_`|~\w-]+:/.test(line);
  return !isHeader && /[A-Z]/.test(line.charAt(line.lastIndexOf(' ') - 1));
}

/** The line of the error, as far as the last packet contains it. */
function lineOf({ rawPacket, bytesParsed = 0 }: ClientError): Record<'before' | 'after' | 'whole', string> {
  if (!rawPacket) return { before: '', after: '', whole: '' };
  const start = bytesParsed === 0 ? 0 : rawPacket.lastIndexOf(LINE_FEED, bytesParsed - 1) + 1;
  const lineFeed = rawPacket.indexOf(LINE_FEED, bytesParsed);
  const end = lineFeed < 0 ? rawPacket.length : lineFeed;
  const [before, after] = [
    rawPacket.toString('latin1', start, bytesParsed),
    rawPacket.toString('latin1', bytesParsed, end),
  ];
  return { before, after, whole: before + after };
}

const LINE_FEED = 0x0a;

/** Writes the problem directly to the connection, after all answers, and closes it. */
export function endWithProblem(problem: ProblemException, socket: Socket): void {
  if (!socket.writable) return;
  const body = JSON.stringify(problem.toBody('/'));
  socket.write(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}
