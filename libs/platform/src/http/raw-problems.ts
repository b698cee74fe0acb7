import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemException } from './problem.js';

/** Errors that Fastify finds before there is a route: a path that cannot be decoded, or that is too long to be ours. */
export function answerFrameworkError(
  error: Error & { code: string },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? new ProblemException({ code: 'not-found', detail: 'There is nothing under so long a path.' })
      : new ProblemException({
          code: 'malformed-request',
          detail: 'The path of the request cannot be decoded.',
        });
  void reply.status(problem.status).type('application/problem+json').send(problem.toBody(request.url));
}

const NOT_HTTP = { status: 400, detail: 'The request is not valid HTTP.' };
const CLIENT_ERRORS: Readonly<Record<string, typeof NOT_HTTP>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'The headers of the request are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'The request did not come in time.' },
};

/** What is not HTTP, or more header than a request may have: answered on the bare connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = CLIENT_ERRORS[error.code ?? ''] ?? NOT_HTTP;
  const problem = new ProblemException({ code: 'malformed-request', detail });
  const body = JSON.stringify({ ...problem.toBody('/'), status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
