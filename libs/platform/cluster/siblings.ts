import cluster from 'node:cluster';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/route-access.js';
import { UNLISTED_ROUTE } from '../http/allowed-methods.js';
import {
  PROCESS_NUMBER,
  type ProcessMessage,
  type SiblingAddress,
  type SiblingsMessage,
} from './messages.js';

/** Carries the token of the process that is asked. */
export const PEER_TOKEN_HEADER = 'orderstream-peer-token';

const LOOPBACK = '127.0.0.1';
/** Paths for processes of this system. */
const INTERNAL_PATHS = '/internal/';
/** Longer than a readiness check may take. */
const ANSWER_MS = 3_000;

/** The answer of another process; `undefined` if that is not running, or did not answer in time. */
export interface SiblingAnswer<Answer> {
  readonly number: number;
  readonly isRunning: boolean;
  readonly answer: Answer | undefined;
}

/** The processes that share a port with this one. Without any, this class does nothing. */
export class Siblings {
  /** Authenticates other processes at this one. */
  readonly token = randomBytes(24).toString('base64url');
  #addresses: readonly SiblingAddress[] = [];

  /**
   * @param number of this process, from 1
   * @param count of all of them
   */
  constructor(
    readonly number = 1,
    readonly count = 1,
  ) {}

  /** Those of this process, as its supervisor tells of them. */
  static ofThisProcess(count: number): Siblings {
    if (!cluster.worker) return new Siblings();
    const siblings = new Siblings(Number(process.env[PROCESS_NUMBER]), count);
    process.on('message', (message: SiblingsMessage) => {
      if (message.kind === 'siblings') siblings.update(message.addresses);
    });
    stopWithSupervisor(cluster.worker);
    return siblings;
  }

  get isAlone(): boolean {
    return this.count === 1;
  }

  update(addresses: readonly SiblingAddress[]): void {
    this.#addresses = addresses.filter(({ number }) => number !== this.number);
  }

  /** The address of another process by its token; `undefined` if it does not run. */
  urlOf(token: string): string | undefined {
    return this.#addresses.find((each) => each.token === token)?.url;
  }

  /** The token that a request gives, if it is that of this or another running process. */
  tokenGivenBy({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
    const given = Buffer.from(String(headers[PEER_TOKEN_HEADER] ?? ''));
    return [this.token, ...this.#addresses.map(({ token }) => token)].find((token) => {
      const known = Buffer.from(token);
      return known.length === given.length && timingSafeEqual(known, given);
    });
  }

  /** Serves an answer to the other processes alone: to anybody else the path is unknown. */
  serve(fastify: FastifyInstance, path: string, answer: () => Promise<unknown>): void {
    if (this.isAlone) return;
    fastify.get(
      `${INTERNAL_PATHS}${path}`,
      {
        config: { ...PUBLIC_ROUTE, ...UNLISTED_ROUTE },
        onRequest: (request, reply, done) => {
          if (this.tokenGivenBy(request) === this.token) done();
          else void reply.code(404).send();
        },
      },
      answer,
    );
  }

  /** Asks all others for what they {@link serve}. */
  ask<Answer>(path: string): Promise<SiblingAnswer<Answer>[]> {
    const others = Array.from({ length: this.count }, (_, index) => index + 1).filter(
      (number) => number !== this.number,
    );
    return Promise.all(
      others.map(async (number) => {
        const address = this.#addresses.find((each) => each.number === number);
        const answer = address && (await askOne<Answer>(address, path));
        return { number, isRunning: address !== undefined, answer };
      }),
    );
  }

  /**
   * Opens a port of this process's own, for the others, and tells the supervisor that it is ready. The shared port would
   * lead to any of them.
   */
  async open(fastify: FastifyInstance): Promise<SiblingAddress | undefined> {
    if (this.isAlone) return undefined;
    const server = createServer((request, response) => {
      if (request.url?.startsWith(INTERNAL_PATHS)) fastify.routing(request, response);
      else response.writeHead(404).end();
    });
    // Peers close idle connections themselves: one closed here might just be carrying commands.
    server.keepAliveTimeout = 0;
    server.listen({ host: LOOPBACK, port: 0, exclusive: true });
    await once(server, 'listening');
    fastify.server.once('close', () => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    const address = { number: this.number, token: this.token, url: `http://${LOOPBACK}:${port}` };
    tellSupervisor({ kind: 'ready', address });
    return address;
  }
}

/** @returns whether there is a supervisor, which then says it */
export function reportFailedStart(reason: string, exit: () => void): boolean {
  if (!cluster.worker?.isConnected()) return false;
  tellSupervisor({ kind: 'start-failed', reason }, exit);
  return true;
}

function tellSupervisor(message: ProcessMessage, sent: () => void = () => undefined): void {
  cluster.worker?.send(message, sent);
}

/** Node would end the process at once. */
function stopWithSupervisor(worker: NonNullable<typeof cluster.worker>): void {
  worker.once('disconnect', () => {
    worker.exitedAfterDisconnect = true;
    process.kill(process.pid, 'SIGTERM');
  });
}

async function askOne<Answer>({ url, token }: SiblingAddress, path: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${url}${INTERNAL_PATHS}${path}`, {
      headers: { [PEER_TOKEN_HEADER]: token },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return response.ok ? ((await response.json()) as Answer) : undefined;
  } catch {
    return undefined;
  }
}
