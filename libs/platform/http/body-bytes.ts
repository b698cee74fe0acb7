import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { GUNZIP_BYTES, isGzipped, gunzipStream, gzippedLimit } from './body-encoding.js';
import { onBrokenBody } from './broken-body.js';
import { ProblemException } from './problem.js';

/** Smaller chunks are combined as they arrive, because each separate buffer has overhead. */
const BLOCK_BYTES = 65_536;
/** A body may start with this many small chunks; then they must be larger on average, since each chunk costs time. */
const FREE_CHUNKS = 4_096;
const LEAST_CHUNK_BYTES = 32;

export interface BodyLimits {
  /** Largest body, after gunzip. */
  readonly bytes: number;
  /** Called before bytes are kept. @throws ProblemException if there is no room for them */
  readonly reserve: (bytes: number) => void;
  readonly release: (bytes: number) => void;
}

const tooLarge = (limit: number) =>
  new ProblemException('body-too-large', `The body is larger than ${limit} bytes.`);

const cutOff = () => new ProblemException('malformed-request', 'The body was cut off.');

/**
 * Reads a body, and decompresses and counts it as it arrives, whatever its headers announce.
 * @throws ProblemException if it is too large, arrives in too small chunks, is cut off, is invalid gzip, or finds no room
 */
export function readBodyBytes(
  request: FastifyRequest,
  payload: Readable,
  limits: BodyLimits,
): Promise<Buffer> {
  const zipped = isGzipped(request.headers);
  const arriving = new ReceivedBytes(zipped ? gzippedLimit(limits.bytes) : limits.bytes, limits.bytes);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > arriving.limit) return Promise.reject(tooLarge(limits.bytes));
  const workspace = zipped ? GUNZIP_BYTES : 0;
  return new Promise((resolve, reject) => {
    // The announced length is reserved in advance; other bytes when they arrive.
    if (announced + workspace > 0) limits.reserve(announced + workspace);
    const body = new BodyBuffer(limits, announced);
    const stops: (() => void)[] = [() => workspace > 0 && limits.release(workspace)];
    const over = () => {
      for (const stop of stops.splice(0)) stop();
    };
    const refuse = (problem: Error) => {
      over();
      payload.pause();
      reject(problem);
    };
    const take = (act: () => void) => {
      try {
        act();
      } catch (problem) {
        refuse(problem as Error);
      }
    };
    const end = () => {
      over();
      resolve(body.whole());
    };
    const lost = () => {
      if (!payload.readableEnded) refuse(cutOff());
    };
    const arrive = (given: Buffer | string) => {
      const chunk = typeof given === 'string' ? Buffer.from(given) : given;
      take(() => {
        arriving.add(chunk.length);
        if (!zipped) body.add(chunk);
      });
    };
    payload.on('data', arrive).on('error', lost).on('close', lost);
    stops.push(() => payload.off('data', arrive).off('error', lost).off('close', lost));
    if (zipped) {
      stops.push(gunzipStream(payload, { take: (chunk) => take(() => body.add(chunk)), end, fail: refuse }));
    } else {
      payload.on('end', end);
      stops.push(() => payload.off('end', end));
    }
    stops.push(onBrokenBody(payload, refuse));
    if (payload.destroyed) refuse(cutOff());
  });
}

/** Counts the bytes that arrive over the connection. */
class ReceivedBytes {
  #length = 0;
  #chunks = 0;

  constructor(
    readonly limit: number,
    private readonly toldLimit: number,
  ) {}

  add(bytes: number): void {
    this.#length += bytes;
    this.#chunks++;
    if (this.#length > this.limit) throw tooLarge(this.toldLimit);
    if (this.#chunks > FREE_CHUNKS && this.#length < this.#chunks * LEAST_CHUNK_BYTES) {
      throw new ProblemException(
        'malformed-request',
        `The body arrives in too small chunks: send at least ${LEAST_CHUNK_BYTES} bytes in each.`,
      );
    }
  }
}

/** Collects a body in time proportional to its bytes, however small its chunks are. */
class BodyBuffer {
  #length = 0;
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
    const isFirst = this.#length === 0;
    this.#length += chunk.length;
    if (this.#length > this.limits.bytes) throw tooLarge(this.limits.bytes);
    this.#unreserved += chunk.length;
    if (this.#unreserved > 0) {
      this.limits.reserve(this.#unreserved);
      this.#unreserved = 0;
    }
    if (chunk.length >= BLOCK_BYTES / 2 || isFirst) {
      this.#closeBlock();
      this.#full.push(chunk);
    } else {
      this.#collect(chunk);
    }
  }

  /** The whole body, as a copy: chunks are views of the socket's buffers. */
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
