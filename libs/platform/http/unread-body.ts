import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { expectsContinue } from './http-rules.js';

/** How much a client may still send until it has seen its answer, which a reset connection could lose. */
const LINGER_BYTES = 1_048_576;
const LINGER_MS = 1_000;

/** A body of this size usually arrives together with its headers. */
const SMALL_BODY_BYTES = 16_384;

/**
 * Closes the connection after an answer that precedes the end of the body, whose remainder is neither parsed nor kept. A
 * client that waits for `100 Continue` receives it only when a handler reads the body.
 */
export function closeOnUnreadBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (expectsContinue(request.raw) && mayHaveBody(request.headers)) reply.raw.writeContinue();
    done(null, payload);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    closeUnlessBodyRead(request, reply, () => done(null, payload));
  });
}

/** Call it before the answer is sent: the connection is closed unless the whole body has arrived. */
export function closeUnlessBodyRead(
  { raw, headers }: FastifyRequest,
  reply: FastifyReply,
  done: () => void,
): void {
  if (!mayHaveBody(headers)) return done();
  const decide = (): void => {
    if (raw.complete) keepConnection(raw, reply);
    else closeConnection(raw, reply);
    done();
  };
  // A small body arrives in the same packet as the headers, and is parsed by the next turn of the event loop.
  if (!raw.complete && isSmall(headers)) setImmediate(decide);
  else decide();
}

const isSmall = (headers: IncomingHttpHeaders): boolean =>
  Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= SMALL_BODY_BYTES;

const refused = new WeakSet<IncomingMessage>();

/** Marks a body that a parser refused. Fastify then closes the connection, which is wrong if the whole body has arrived. */
export const markBodyRefused = ({ raw }: FastifyRequest): unknown => refused.add(raw);

function keepConnection(raw: IncomingMessage, reply: FastifyReply): void {
  if (refused.has(raw) && raw.headers.upgrade === undefined) void reply.removeHeader('connection');
  // An unread body would block the requests behind it.
  if (!raw.readableEnded) raw.resume();
}

function closeConnection(raw: IncomingMessage, reply: FastifyReply): void {
  void reply.header('connection', 'close');
  discardInput(raw.socket);
}

export const mayHaveBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const discarding = new WeakSet<Socket>();

/** Reads no more requests from a connection, and lets it linger when it is closed. */
export function discardInput(socket: Socket): void {
  if (discarding.has(socket)) return;
  discarding.add(socket);
  let left = LINGER_BYTES;
  // Replaces the HTTP parser, which would spend time on each chunk.
  socket.removeAllListeners('data');
  socket.on('data', (bytes: Buffer) => {
    left -= bytes.length;
    if (left <= 0) socket.pause();
  });
  // Node calls this method to close the connection after the answer.
  socket.destroySoon = () => {
    socket.end();
    socket.once('end', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
}
