import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** So much a client may go on sending, until it has seen its answer: a connection that is reset could lose it. */
const LINGER_BYTES = 1_048_576;
const LINGER_MS = 1_000;

/**
 * An answer that comes before the whole body was read ends the connection: the rest is neither parsed nor kept. A client
 * that waits with its body for `100 Continue` is told so only once somebody wants the body.
 */
export function leaveUnreadBodies(fastify: FastifyInstance): void {
  fastify.server.on('checkContinue', (request, response) =>
    fastify.server.emit('request', request, response),
  );
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (request.headers.expect !== undefined && mayHaveBody(request)) reply.raw.writeContinue();
    done(null, payload);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (!request.raw.complete && mayHaveBody(request)) {
      void reply.header('connection', 'close');
      throwAwayRest(request.raw.socket);
    }
    done(null, payload);
  });
}

const mayHaveBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function throwAwayRest(socket: Socket): void {
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
