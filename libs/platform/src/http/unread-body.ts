import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { expectsContinue } from './http-rules.js';

/** So much a client may go on sending, until it has seen its answer: a connection that is reset could lose it. */
const LINGER_BYTES = 1_048_576;
const LINGER_MS = 1_000;

/**
 * An answer that comes before the whole body was read ends the connection: the rest is neither parsed nor kept. A client
 * that waits with its body for `100 Continue` is told so only once somebody wants the body.
 */
export function leaveUnreadBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (expectsContinue(request.raw) && mayHaveBody(request.headers)) reply.raw.writeContinue();
    done(null, payload);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    closeUnread(request, reply);
    done(null, payload);
  });
}

export function closeUnread({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete || !mayHaveBody(headers)) return;
  void reply.header('connection', 'close');
  throwAwayRest(raw.socket);
}

export const mayHaveBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const thrownAway = new WeakSet<Socket>();

/** Reads no more requests from a connection, and lets it linger once it is ended. */
export function throwAwayRest(socket: Socket): void {
  if (thrownAway.has(socket)) return;
  thrownAway.add(socket);
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
