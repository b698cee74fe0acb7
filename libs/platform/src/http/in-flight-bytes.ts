import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TenantShares } from '#libs/kernel';
import { ownerOf } from '../auth/caller.js';
import { shareKeyOf } from './connection-shares.js';
import type { ProblemException } from './problem.js';
import { shareProblem } from './share-problem.js';

/** Answers below this size cost less than to count them. */
const SMALL_ANSWER_BYTES = 16_384;
/** About as large as pages get. */
const LARGE_ANSWER_BYTES = 1_000_000;
/** A client that has not taken its answer by then is given up. */
const ANSWER_TIMEOUT_MS = 60_000;

const RESERVATION = Symbol('in-flight-bytes');

interface Reservation {
  /** A tenant, our own processes, or all strangers. */
  readonly shareKey: string;
  bytes: number;
}

/** Its answer was sent, or its connection has ended: what it held was given back, and it gets nothing more. */
const COMPLETED = Symbol('request-over');
type ReservingRequest = FastifyRequest & { [RESERVATION]?: Reservation | typeof COMPLETED };

/** Without a bound, where no app is. */
export const UNBOUNDED = { reserve: (): void => undefined, release: (): void => undefined };

/**
 * Bounds the bytes of bodies and answers that are in memory at once, in all and for each tenant: past that, requests are
 * refused before memory grows. What a request holds is given back when its answer was sent, or its connection ends.
 */
export class InFlightBytes {
  readonly #shares: TenantShares;
  /** What a query must find free before it begins. */
  readonly #answerRoom: number;

  constructor(totalBytes: number) {
    this.#shares = new TenantShares(totalBytes);
    this.#answerRoom = Math.min(LARGE_ANSWER_BYTES, totalBytes / 8);
  }

  /** Before any hook that waits, in which the connection may end. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      reply.raw.once('close', () => this.#releaseAll(request));
      done();
    });
    fastify.addHook('preParsing', (request, _reply, payload, done) => {
      const tenant = ownerOf(request)?.tenant;
      const isFull = tenant !== undefined && !this.#shares.hasRoom(tenant, this.#answerRoom);
      // Its answer would be made for nothing.
      done(isQuery(request) && isFull ? this.#outOfMemoryShare(request, this.#answerRoom) : null, payload);
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      if (sizeOf(payload) < SMALL_ANSWER_BYTES) return done(null, payload);
      // Nobody takes it any more.
      if (reply.raw.destroyed) return done(null, payload);
      const timer = setTimeout(() => reply.raw.destroy(), ANSWER_TIMEOUT_MS).unref();
      reply.raw.once('close', () => clearTimeout(timer));
      const isAdmitted = this.#admitAnswer(request, reply, sizeOf(payload));
      done(null, isAdmitted ? payload : this.#refuseAnswer(request, reply, sizeOf(payload)));
    });
  }

  /** More bytes of a request's body. @throws ProblemException when there is no room for them */
  reserve(request: FastifyRequest, bytes: number): void {
    if (!this.#tryReserve(request, bytes)) throw this.#outOfMemoryShare(request, bytes);
  }

  /** Gives back some of what was reserved, before the end of the request. */
  release(request: ReservingRequest, bytes: number): void {
    const reservation = request[RESERVATION];
    if (!reservation || reservation === COMPLETED) return;
    this.#shares.give(reservation.shareKey, bytes);
    reservation.bytes -= bytes;
  }

  /** What a command has done must be told; what a query has found can be asked for again. */
  #admitAnswer(request: FastifyRequest, reply: FastifyReply, bytes: number): boolean {
    const canBeAskedAgain = isQuery(request) && reply.statusCode === 200;
    return this.#tryReserve(request, bytes, !canBeAskedAgain);
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

  /** Only a tenant can have too much of its own: strangers share what they have, and so do our processes. */
  #outOfMemoryShare(request: FastifyRequest, bytes: number): ProblemException {
    const owner = ownerOf(request);
    const refusal = owner ? this.#shares.refusal(owner.tenant, bytes).refusal : 'all';
    return shareProblem(refusal, 'bodies and answers in memory');
  }

  /** In the place of an answer that is there already, but for which there is no room. */
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
