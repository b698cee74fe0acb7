import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from './problem.js';

/** Smaller parts are put together as they come: each by itself would take more than what is in it. */
const BLOCK_BYTES = 65_536;
/** A body may begin in small chunks, and then they must be larger on average: each chunk is work of its own. */
const FREE_CHUNKS = 4_096;
const LEAST_CHUNK_BYTES = 32;

export interface BodyLimits {
  readonly bytes: number;
  /** Asked for before bytes are kept. @throws ProblemException when there is no room for them */
  readonly reserve: (bytes: number) => void;
}

const tooLarge = (limit: number) =>
  new ProblemException({ code: 'body-too-large', detail: `The body is larger than ${limit} bytes.` });

const cutOff = () => new ProblemException({ code: 'malformed-request', detail: 'The body was cut off.' });

/**
 * All bytes of a body, counted as they come, whatever its headers say.
 * @throws ProblemException when it is too large, comes in too small pieces, is cut off, or has no room
 */
export function bodyBytes(request: FastifyRequest, payload: Readable, limits: BodyLimits): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.bytes) return Promise.reject(tooLarge(limits.bytes));
  return new Promise((resolve, reject) => {
    // What is announced has its place before it comes; all else is counted when it does.
    if (announced > 0) limits.reserve(announced);
    if (payload.destroyed) return reject(cutOff());
    const body = new GrowingBody(limits, announced);
    const over = () => {
      payload.off('data', take).off('end', end).off('error', lost).off('close', lost);
    };
    const refuse = (problem: Error) => {
      over();
      payload.pause();
      reject(problem);
    };
    const take = (chunk: Buffer | string) => {
      try {
        body.add(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      } catch (problem) {
        refuse(problem as Error);
      }
    };
    const end = () => {
      over();
      resolve(body.whole());
    };
    const lost = () => {
      over();
      reject(cutOff());
    };
    payload.on('data', take).on('end', end).on('error', lost).on('close', lost);
  });
}

/** Takes time in proportion to the bytes, however small the parts are in which they come. */
class GrowingBody {
  #length = 0;
  #chunks = 0;
  readonly #full: Buffer[] = [];
  #block: Buffer | undefined;
  #used = 0;

  #unreserved: number;

  constructor(
    private readonly limits: BodyLimits,
    reserved: number,
  ) {
    this.#unreserved = -reserved;
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    this.#chunks++;
    if (this.#length > this.limits.bytes) throw tooLarge(this.limits.bytes);
    if (this.#chunks > FREE_CHUNKS && this.#length < this.#chunks * LEAST_CHUNK_BYTES) {
      const detail = `The body comes in too small chunks: send at least ${LEAST_CHUNK_BYTES} bytes in each.`;
      throw new ProblemException({ code: 'malformed-request', detail });
    }
    this.#unreserved += chunk.length;
    if (this.#unreserved > 0) {
      this.limits.reserve(this.#unreserved);
      this.#unreserved = 0;
    }
    if (chunk.length >= BLOCK_BYTES / 2 || (this.#chunks === 1 && !this.#block)) {
      this.#closeBlock();
      this.#full.push(chunk);
    } else {
      this.#collect(chunk);
    }
  }

  /** A copy: chunks are views of what the socket has read. */
  whole(): Buffer {
    this.#closeBlock();
    return Buffer.concat(this.#full, this.#length);
  }

  #collect(chunk: Buffer): void {
    if (this.#block && this.#used + chunk.length > this.#block.length) this.#closeBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#used += chunk.copy(this.#block, this.#used);
  }

  #closeBlock(): void {
    if (this.#block) this.#full.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
