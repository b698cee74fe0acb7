import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait behind the one that is being answered. No client that waits for answers comes near it. */
const MAX_WAITING = 100;

type Waiting = readonly [IncomingMessage, ServerResponse];
type ParsedSocket = Socket & { readonly parser?: { onIncoming: () => number } | null };

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
    if (socket.destroyed) return;
    const queue = queues.get(socket);
    if (queue) {
      if (queue.push(waiting) > MAX_WAITING) close(socket);
    } else {
      queues.set(socket, []);
      begin(socket, waiting);
    }
  });
}

/** What Node's parser understands by this answer: nothing of HTTP follows. */
const NOTHING_FOLLOWS = 2;

/** Node would make a request of each that was read together with this one, which takes nearly as long as to answer it. */
function close(socket: ParsedSocket): void {
  socket.destroy();
  if (socket.parser) socket.parser.onIncoming = () => NOTHING_FOLLOWS;
}
