import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ownerOf } from '../auth/caller.js';

/** Of those who have not shown who they are. */
const STRANGERS = '';
const SHARES = Symbol('connection-shares');
const GROUP = Symbol('group');
type GroupedRequest = Pick<FastifyRequest, 'raw'> & { [GROUP]?: string };

interface Connection {
  group: string;
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
  readonly #groups = new Map<string, Set<Socket>>();

  constructor(private readonly share: number) {}

  install(fastify: FastifyInstance): void {
    this.watch(fastify.server);
    fastify.addHook('onRequest', (request, reply, done) => {
      const connection = this.#connections.get(request.raw.socket);
      if (connection) {
        connection.requests++;
        reply.raw.once('close', () => {
          connection.requests--;
          this.#move(request.raw.socket, connection, connection.group);
        });
      }
      done();
    });
  }

  watch(server: Server): void {
    server.on('connection', (socket: WatchedSocket) => {
      const connection = { group: STRANGERS, requests: 0 };
      this.#connections.set(socket, connection);
      socket[SHARES] = this;
      socket.once('close', () => {
        this.#connections.delete(socket);
        this.#leave(socket, connection);
      });
      this.#move(socket, connection, STRANGERS);
    });
  }

  /** Whose the connection is: that of the last request on it. */
  trust(socket: Socket, group: string): void {
    const connection = this.#connections.get(socket);
    if (connection && connection.group !== group) this.#move(socket, connection, group);
  }

  #move(socket: Socket, connection: Connection, to: string): void {
    if (!this.#connections.has(socket)) return;
    this.#leave(socket, connection);
    connection.group = to;
    const group = this.#groups.get(to) ?? new Set();
    this.#groups.set(to, group.add(socket));
    if (group.size > this.share) this.#oneOf(group, socket).destroy();
  }

  #oneOf(group: ReadonlySet<Socket>, newest: Socket): Socket {
    for (const socket of group) if (this.#connections.get(socket)?.requests === 0) return socket;
    return newest;
  }

  #leave(socket: Socket, { group }: Connection): void {
    const members = this.#groups.get(group);
    members?.delete(socket);
    if (members?.size === 0) this.#groups.delete(group);
  }
}

/** The request, and its connection from now on, are a tenant's, or those of our own processes. */
export function trustConnection(request: Pick<FastifyRequest, 'raw'>, group: string): void {
  const { socket } = request.raw;
  (request as GroupedRequest)[GROUP] = group;
  (socket as WatchedSocket)[SHARES]?.trust(socket, group);
}

/** Whose share the request takes of what is divided. */
export const groupOf = (request: FastifyRequest): string =>
  (request as GroupedRequest)[GROUP] ?? ownerOf(request)?.tenant ?? STRANGERS;
