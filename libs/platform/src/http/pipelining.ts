import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait behind the one that is being answered. No client that waits for answers comes near it. */
const MAX_WAITING = 100;

type Waiting = readonly [IncomingMessage, ServerResponse];

/**
 * Answers the requests of a connection one after the other, with everybody else's in between. A client need not wait for
 * an answer before it sends the next request, so two thousand of them fit into one read of a socket: Node would begin
 * them all before anything else has its turn. A connection with too many waiting is closed.
 */
export function answerInTurn(server: Server): void {
  const handlers = server.listeners('request') as ((...given: Waiting) => void)[];
  const queues = new WeakMap<Socket, Waiting[]>();

  function begin(socket: Socket, waiting: Waiting): void {
    waiting[1].once('close', () => {
      if (queues.get(socket)?.length === 0) queues.delete(socket);
      else setImmediate(next, socket);
    });
    for (const handle of handlers) handle.apply(server, [...waiting]);
  }

  function next(socket: Socket): void {
    const waiting = queues.get(socket)?.shift();
    if (waiting && !socket.destroyed) begin(socket, waiting);
  }

  server.removeAllListeners('request');
  server.on('request', (...waiting: Waiting) => {
    const { socket } = waiting[0];
    // The rest of what was read is still parsed.
    if (socket.destroyed) return;
    const queue = queues.get(socket);
    if (queue) {
      if (queue.push(waiting) > MAX_WAITING) socket.destroy();
    } else {
      queues.set(socket, []);
      begin(socket, waiting);
    }
  });
}
