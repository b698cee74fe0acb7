import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** More than any client sends ahead that waits for answers at all. */
const MOST_SENT_AHEAD = 32;

type ParsedSocket = Socket & { readonly parser?: { onIncoming: () => number } | null };

interface Connection {
  readonly unanswered: Set<ServerResponse>;
  /** That have come in this turn of the event loop. */
  arrived: number;
}

/**
 * Bounds the requests that a client sends on a connection before it has its answers: some thousand fit into what is read
 * at once, and nobody else would have a turn until all of them were looked at. One that sends more loses its connection.
 *
 * When a connection ends, Node tells that to the answer that was being sent, and to none of those that wait behind it:
 * they would wait for ever, with all that they hold. Here they are told.
 */
export function boundRequestsSentAhead(server: Server): void {
  const connections = new WeakMap<Socket, Connection>();
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // What was read together with one too many.
    if (socket.destroyed) return;
    const connection = connections.get(socket) ?? watch(socket, connections);
    const { unanswered } = connection;
    if (connection.arrived++ === 0) setImmediate(() => (connection.arrived = 0));
    if (unanswered.size >= MOST_SENT_AHEAD || connection.arrived > MOST_SENT_AHEAD) {
      socket.destroy();
      stopParsing(socket);
      return;
    }
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
    for (const listener of listeners) listener.call(server, request, response);
  });
}

function watch(socket: Socket, connections: WeakMap<Socket, Connection>): Connection {
  const connection = { unanswered: new Set<ServerResponse>(), arrived: 0 };
  connections.set(socket, connection);
  socket.once('close', () => {
    for (const response of connection.unanswered) tellClosed(response);
  });
  return connection;
}

/** What Node's parser does with what `onIncoming` answers: nothing of HTTP follows. */
const NOTHING_FOLLOWS = 2;

/** Else Node would make a request of each that was read together with this one, which takes nearly as long as to answer it. */
function stopParsing(socket: ParsedSocket): void {
  if (socket.parser) socket.parser.onIncoming = () => NOTHING_FOLLOWS;
}

/** As Node does it for the one that was being sent. */
function tellClosed(response: ServerResponse): void {
  if (response.closed) return;
  response.destroyed = true;
  response.emit('close');
}
