import type { IncomingMessage, Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { StopTimes } from '../process/stop-times.js';
import { breakBody } from './broken-body.js';
import { onceClosed } from './closed-exchange.js';
import type { Handshakes } from './https-server.js';
import { ProblemException } from './problem.js';

const IDLE_CHECK_MS = 50;
/**
 * At a stop, kept connections stay open for so long, and each answer ends its own: a gateway may just be sending a command on
 * one of them, which it could not repeat.
 */
const DRAIN_MS = 150;

const stopping = () =>
  new ProblemException('unavailable', 'The process is stopping, and the request had not come in full.');

/**
 * Closes the connections of a server that stops: those that are idle, soon, and all others in time. Node does not count
 * connections that never sent a request as idle, so they would block a stop; clients that send or read slowly would, too.
 */
export function closeInTime(
  fastify: FastifyInstance,
  handshakes: Handshakes,
  { bodiesMs, requestsMs }: Pick<StopTimes, 'bodiesMs' | 'requestsMs'>,
): void {
  const inFlight = new Set<IncomingMessage>();
  fastify.addHook('onRequest', (request, reply, done) => {
    inFlight.add(request.raw);
    // `finish` would be missing if the client disconnects early.
    onceClosed(reply.raw, () => inFlight.delete(request.raw));
    done();
  });
  fastify.addHook('preClose', async () => {
    const closingAt = performance.now();
    const hasPassed = (ms: number): boolean => performance.now() - closingAt >= ms;
    if ((await connectionsOf(fastify.server)) > 0) await sleep(DRAIN_MS);
    const check = setInterval(() => {
      if (hasPassed(bodiesMs))
        for (const request of inFlight) if (!request.complete) breakBody(request, stopping());
      if (inFlight.size > 0 && !hasPassed(requestsMs)) return;
      clearInterval(check);
      fastify.server.closeAllConnections();
      handshakes.cutOff();
    }, IDLE_CHECK_MS).unref();
  });
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count));
  });
