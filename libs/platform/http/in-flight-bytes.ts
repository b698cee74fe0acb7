import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TenantShares } from '#libs/kernel';
import { principalOf } from '../auth/caller.js';
import type { MemoryPressure } from '../process/memory-pressure.js';
import { onceClosed, onceOver } from './closed-exchange.js';
import { shareKeyOf } from './connection-shares.js';
import { type ProblemException, shareProblem } from './problem.js';

/** Smaller answers are not counted. */
const SMALL_ANSWER_BYTES = 16_384;
/** About as large as pages get. */
const LARGE_ANSWER_BYTES = 1_000_000;
/** A client that has not read its answer by then is disconnected. */
const ANSWER_TIMEOUT_MS = 60_000;

const RESERVATION = Symbol('in-flight-bytes');

interface Reservation {
  /** A tenant, our own processes, or all anonymous clients. */
  readonly shareKey: string;
  bytes: number;
}

/** The request has ended: its reservation was released, and it gets no further one. */
const COMPLETED = Symbol('request-over');
type ReservingRequest = FastifyRequest & { [RESERVATION]?: Reservation | typeof COMPLETED };

/** No bound, for use without an app. */
export const UNBOUNDED = { reserve: (): void => undefined, release: (): void => undefined };

/**
 * Bounds the bytes of bodies and answers in memory, in total and for each tenant. Requests beyond that are refused before
 * memory grows. A request's reservation is released when its answer was sent, or its connection is lost and its work done.
 */
export class InFlightBytes {
  readonly #shares: TenantShares;
  /** Bytes that must be free before a query starts. */
  readonly #answerRoom: number;

  constructor(
    totalBytes: number,
    private readonly pressure: Pick<MemoryPressure, 'isHigh'> = { isHigh: false },
  ) {
    this.#shares = new TenantShares(totalBytes);
    this.#answerRoom = Math.min(LARGE_ANSWER_BYTES, totalBytes / 8);
  }

  /** Call it before hooks that wait, during which the connection may close. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      onceOver(reply.raw, () => this.#releaseAll(request));
      done();
    });
    fastify.addHook('preParsing', (request, _reply, payload, done) => {
      const tenant = principalOf(request) && shareKeyOf(request);
      // Health and metrics, which need no key, say how it is.
      if (tenant !== undefined && this.pressure.isHigh)
        return done(shareProblem('all', 'objects in memory'), payload);
      const isFull = tenant !== undefined && !this.#shares.hasRoom(tenant, this.#answerRoom);
      // The answer would have to be discarded.
      done(isQuery(request) && isFull ? this.#outOfMemoryShare(request, this.#answerRoom) : null, payload);
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      if (sizeOf(payload) < SMALL_ANSWER_BYTES) return done(null, payload);
      if (reply.raw.destroyed) return done(null, payload);
      const timer = setTimeout(() => reply.raw.destroy(), ANSWER_TIMEOUT_MS).unref();
      onceClosed(reply.raw, () => clearTimeout(timer));
      const isAdmitted = this.#admitAnswer(request, reply, sizeOf(payload));
      done(null, isAdmitted ? payload : this.#refuseAnswer(request, reply, sizeOf(payload)));
    });
  }

  /** Reserves bytes for a request's body. @throws ProblemException if there is no room for them */
  reserve(request: FastifyRequest, bytes: number): void {
    if (!this.#tryReserve(request, bytes)) throw this.#outOfMemoryShare(request, bytes);
  }

  /** Releases part of a reservation before the end of the request. */
  release(request: ReservingRequest, bytes: number): void {
    const reservation = request[RESERVATION];
    if (!reservation || reservation === COMPLETED) return;
    this.#shares.give(reservation.shareKey, bytes);
    reservation.bytes -= bytes;
  }

  /** The answer of a command is always sent; that of a query may be refused, since the query can be repeated. */
  #admitAnswer(request: FastifyRequest, reply: FastifyReply, bytes: number): boolean {
    const isRepeatable = isQuery(request) && reply.statusCode === 200;
    return this.#tryReserve(request, bytes, !isRepeatable);
  }

  #tryReserve(request: ReservingRequest, bytes: number, isForced = false): boolean {
    const reservation = (request[RESERVATION] ??= { shareKey: shareKeyOf(request), bytes: 0 });
    if (reservation === COMPLETED) return true;
    if (!isForced && !this.#shares.hasRoom(reservation.shareKey, bytes)) return false;
    this.#shares.take(reservation.shareKey, bytes);
    reservation.bytes += bytes;
    return true;
  }

  #releaseAll(request: ReservingRequest): void {
    const reservation = request[RESERVATION];
    request[RESERVATION] = COMPLETED;
    if (reservation && reservation !== COMPLETED) this.#shares.give(reservation.shareKey, reservation.bytes);
  }

  /** Only tenants have a share of their own (`429`); anonymous clients and our processes get `503`. */
  #outOfMemoryShare(request: FastifyRequest, bytes: number): ProblemException {
    const isAnonymous = principalOf(request) === undefined;
    const refusal = isAnonymous ? 'all' : this.#shares.refusal(shareKeyOf(request), bytes).refusal;
    return shareProblem(refusal, 'bodies and answers in memory');
  }

  /** Replaces a finished answer for which there is no room. */
  #refuseAnswer(request: FastifyRequest, reply: FastifyReply, bytes: number): string {
    const problem = this.#outOfMemoryShare(request, bytes);
    void reply.removeHeader('content-length').removeHeader('etag');
    void reply.code(problem.status).header('retry-after', problem.retryAfterSeconds);
    void reply.type('application/problem+json');
    return JSON.stringify(problem.toBody(request.url));
  }
}

const isQuery = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

function sizeOf(payload: unknown): number {
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
}
