import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { onceClosed } from './closed-exchange.js';
import { type Handshakes, onConnection } from './https-server.js';
import { principalOf } from '../auth/caller.js';

/** The share of all clients without an API key. */
const ANONYMOUS = '';
const SHARES = Symbol('connection-shares');
const SHARE_KEY = Symbol('group');
type SharingRequest = Pick<FastifyRequest, 'raw'> & { [SHARE_KEY]?: string };

interface Connection {
  shareKey: string;
  requests: number;
}
type WatchedSocket = Socket & { [SHARES]?: ConnectionShares };

/**
 * Limits the connections of each tenant, and of all anonymous clients together. One connection too many closes the one that
 * has been idle longest, or is closed itself if all are busy.
 */
export class ConnectionShares {
  readonly #connections = new Map<Socket, Connection>();
  /** In each share, the connection that has been idle longest comes first. */
  readonly #socketsByShare = new Map<string, Set<Socket>>();

  constructor(
    private readonly share: number,
    private readonly handshakes: Handshakes,
  ) {}

  install(fastify: FastifyInstance): void {
    this.watch(fastify.server);
    fastify.addHook('onRequest', (request, reply, done) => {
      const socket = this.handshakes.carrierOf(request.raw.socket);
      const connection = this.#connections.get(socket);
      if (connection) {
        connection.requests++;
        onceClosed(reply.raw, () => {
          connection.requests--;
          this.#assignShare(socket, connection, connection.shareKey);
        });
      }
      done();
    });
  }

  watch(server: Server): void {
    this.handshakes.watch(server);
    onConnection(server, (socket: WatchedSocket) => {
      socket[SHARES] = this;
    });
    server.on('connection', (socket: Socket) => {
      const connection = { shareKey: ANONYMOUS, requests: 0 };
      this.#connections.set(socket, connection);
      socket.once('close', () => this.#forget(socket, connection));
      this.#assignShare(socket, connection, ANONYMOUS);
    });
  }

  /** Moves the connection to the share of the latest request on it. */
  assign(socket: Socket, shareKey: string): void {
    const carrier = this.handshakes.carrierOf(socket);
    const connection = this.#connections.get(carrier);
    if (connection && connection.shareKey !== shareKey) this.#assignShare(carrier, connection, shareKey);
  }

  #assignShare(socket: Socket, connection: Connection, to: string): void {
    if (!this.#connections.has(socket)) return;
    this.#removeFromShare(socket, connection);
    connection.shareKey = to;
    const sockets = this.#socketsByShare.get(to) ?? new Set();
    this.#socketsByShare.set(to, sockets.add(socket));
    if (sockets.size > this.share) this.#close(this.#longestIdle(sockets, socket));
  }

  #longestIdle(sockets: ReadonlySet<Socket>, newest: Socket): Socket {
    for (const socket of sockets) if (this.#connections.get(socket)?.requests === 0) return socket;
    return newest;
  }

  /** It no longer counts: `close` comes only after all connections that arrived together, each of which must close another. */
  #close(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection) this.#forget(socket, connection);
    socket.destroy();
  }

  #forget(socket: Socket, connection: Connection): void {
    this.#connections.delete(socket);
    this.#removeFromShare(socket, connection);
  }

  #removeFromShare(socket: Socket, { shareKey }: Connection): void {
    const members = this.#socketsByShare.get(shareKey);
    members?.delete(socket);
    if (members?.size === 0) this.#socketsByShare.delete(shareKey);
  }
}

/** Assigns the request and its connection to a tenant, or to our own processes. */
export function assignConnectionShare(request: Pick<FastifyRequest, 'raw'>, shareKey: string): void {
  const { socket } = request.raw;
  (request as SharingRequest)[SHARE_KEY] = shareKey;
  (socket as WatchedSocket)[SHARES]?.assign(socket, shareKey);
}

export const shareKeyOf = (request: FastifyRequest): string =>
  (request as SharingRequest)[SHARE_KEY] ?? principalOf(request)?.tenant ?? ANONYMOUS;
