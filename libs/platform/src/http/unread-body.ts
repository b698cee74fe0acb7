import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { expectsContinue } from './http-rules.js';

/** So much a client may go on sending, until it has seen its answer: a connection that is reset could lose it. */
const LINGER_BYTES = 1_048_576;
const LINGER_MS = 1_000;

/** A body of this size usually comes with its headers, in one read of the socket. */
const SMALL_BODY_BYTES = 16_384;

/**
 * An answer that comes before the whole body has come ends the connection: the rest is neither parsed nor kept. A client
 * that waits with its body for `100 Continue` is told so only once somebody wants the body.
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

/** Before the answer is sent: it ends the connection unless the whole body has come, and requests behind it can be read. */
export function closeUnlessBodyRead(
  { raw, headers }: FastifyRequest,
  reply: FastifyReply,
  done: () => void,
): void {
  if (!mayHaveBody(headers)) return done();
  const settle = (): void => {
    if (raw.complete) keepConnection(raw, reply);
    else closeConnection(raw, reply);
    done();
  };
  // What is answered from its headers has a small body in the same packet, which is parsed by then.
  if (!raw.complete && isSmall(headers)) setImmediate(settle);
  else settle();
}

const isSmall = (headers: IncomingHttpHeaders): boolean =>
  Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= SMALL_BODY_BYTES;

const refused = new WeakSet<IncomingMessage>();

/** A parser refuses the body. Fastify then closes the connection, which is only right where the body has not come whole. */
export const markBodyRefused = ({ raw }: FastifyRequest): unknown => refused.add(raw);

function keepConnection(raw: IncomingMessage, reply: FastifyReply): void {
  if (refused.has(raw) && raw.headers.upgrade === undefined) void reply.removeHeader('connection');
  // What nobody has read would hold up the requests behind it.
  if (!raw.readableEnded) raw.resume();
}

function closeConnection(raw: IncomingMessage, reply: FastifyReply): void {
  void reply.header('connection', 'close');
  discardInput(raw.socket);
}

export const mayHaveBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const discarding = new WeakSet<Socket>();

/** Reads no more requests from a connection, and lets it linger once it is ended. */
export function discardInput(socket: Socket): void {
  if (discarding.has(socket)) return;
  discarding.add(socket);
  let left = LINGER_BYTES;
  // Takes the place of the HTTP parser, for which each chunk would be work.
  socket.removeAllListeners('data');
  socket.on('data', (bytes: Buffer) => {
    left -= bytes.length;
    if (left <= 0) socket.pause();
  });
  // Node ends the connection by this method of it, once the answer is written.
  socket.destroySoon = () => {
    socket.end();
    socket.once('end', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
}
