import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ownerOf } from '../auth/caller.js';

/** Of those who have not shown who they are. */
const ANONYMOUS = '';
const SHARES = Symbol('connection-shares');
const SHARE_KEY = Symbol('group');
type SharingRequest = Pick<FastifyRequest, 'raw'> & { [SHARE_KEY]?: string };

interface Connection {
  shareKey: string;
  /** That are being answered. */
  requests: number;
}
type WatchedSocket = Socket & { [SHARES]?: ConnectionShares };

/**
 * So many connections each tenant may have, and all strangers together. One more closes the one that has been quiet for
 * longest, or is closed itself where all of them are busy: nobody can take the places of the others.
 */
export class ConnectionShares {
  readonly #connections = new Map<Socket, Connection>();
  /** The one that has been quiet for longest first. */
  readonly #socketsByShare = new Map<string, Set<Socket>>();

  constructor(private readonly share: number) {}

  install(fastify: FastifyInstance): void {
    this.watch(fastify.server);
    fastify.addHook('onRequest', (request, reply, done) => {
      const connection = this.#connections.get(request.raw.socket);
      if (connection) {
        connection.requests++;
        reply.raw.once('close', () => {
          connection.requests--;
          this.#assignShare(request.raw.socket, connection, connection.shareKey);
        });
      }
      done();
    });
  }

  watch(server: Server): void {
    server.on('connection', (socket: WatchedSocket) => {
      const connection = { shareKey: ANONYMOUS, requests: 0 };
      this.#connections.set(socket, connection);
      socket[SHARES] = this;
      socket.once('close', () => {
        this.#connections.delete(socket);
        this.#removeFromShare(socket, connection);
      });
      this.#assignShare(socket, connection, ANONYMOUS);
    });
  }

  /** Whose the connection is: that of the last request on it. */
  assign(socket: Socket, shareKey: string): void {
    const connection = this.#connections.get(socket);
    if (connection && connection.shareKey !== shareKey) this.#assignShare(socket, connection, shareKey);
  }

  #assignShare(socket: Socket, connection: Connection, to: string): void {
    if (!this.#connections.has(socket)) return;
    this.#removeFromShare(socket, connection);
    connection.shareKey = to;
    const sockets = this.#socketsByShare.get(to) ?? new Set();
    this.#socketsByShare.set(to, sockets.add(socket));
    if (sockets.size > this.share) this.#longestIdle(sockets, socket).destroy();
  }

  #longestIdle(sockets: ReadonlySet<Socket>, newest: Socket): Socket {
    for (const socket of sockets) if (this.#connections.get(socket)?.requests === 0) return socket;
    return newest;
  }

  #removeFromShare(socket: Socket, { shareKey }: Connection): void {
    const members = this.#socketsByShare.get(shareKey);
    members?.delete(socket);
    if (members?.size === 0) this.#socketsByShare.delete(shareKey);
  }
}

/** The request, and its connection from now on, are a tenant's, or those of our own processes. */
export function assignConnectionShare(request: Pick<FastifyRequest, 'raw'>, shareKey: string): void {
  const { socket } = request.raw;
  (request as SharingRequest)[SHARE_KEY] = shareKey;
  (socket as WatchedSocket)[SHARES]?.assign(socket, shareKey);
}

/** Whose share the request takes of what is divided. */
export const shareKeyOf = (request: FastifyRequest): string =>
  (request as SharingRequest)[SHARE_KEY] ?? ownerOf(request)?.tenant ?? ANONYMOUS;
