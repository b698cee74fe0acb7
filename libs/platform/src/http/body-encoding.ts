import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.js';
import { mayHaveBody } from './unread-body.js';

/** What zlib needs for one body: its window, its state and a block of output. */
export const GUNZIP_BYTES = 65_536;
/** Incompressible bodies grow when they are zipped, by less than this. */
const ZIPPED_GROWTH = 1.01;
const ZIPPED_FRAME_BYTES = 1_024;

/** `undefined` for one that is not read. So is gzip within gzip, which serves nobody but an attacker. */
function encodingOf({ 'content-encoding': given = '' }: IncomingHttpHeaders): 'none' | 'gzip' | undefined {
  const codings = given
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return 'none';
  return codings.length === 1 && /^(?:x-)?gzip$/.test(codings[0] as string) ? 'gzip' : undefined;
}

export const isGzipped = (headers: IncomingHttpHeaders): boolean => encodingOf(headers) === 'gzip';

/** Refuses them before the body is asked for, and says what is read instead (RFC 7694). */
export function refuseOtherEncodings(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (!mayHaveBody(request.headers) || encodingOf(request.headers)) return done(null, payload);
    void reply.header('accept-encoding', 'gzip, identity');
    const detail = 'Send the body unencoded, or with Content-Encoding: gzip, applied once.';
    done(new ProblemException({ code: 'unsupported-content-encoding', detail }));
  });
}

/** Most bytes that a body of this size has when it is zipped: empty gzip members could go on for ever. */
export const gzippedLimit = (bytes: number): number => Math.ceil(bytes * ZIPPED_GROWTH) + ZIPPED_FRAME_BYTES;

export interface GunzipSink {
  readonly take: (bytes: Buffer) => void;
  readonly end: () => void;
  readonly fail: (problem: ProblemException) => void;
}

/**
 * Unzips a body as it comes, no faster than the bytes are taken. A body of several gzip members is one body (RFC 1952);
 * whatever else follows the first one is an error.
 * @returns how to stop
 */
export function gunzipStream(payload: Readable, { take, end, fail }: GunzipSink): () => void {
  const gunzip = createGunzip();
  let received = 0;
  const failWith = (why: string) =>
    fail(new ProblemException({ code: 'malformed-request', detail: `The body is not valid gzip: ${why}.` }));
  const count = (chunk: Buffer) => {
    received += chunk.length;
  };
  // An empty body is empty, whatever its encoding.
  const endOfPayload = () => {
    if (received === 0) end();
  };
  gunzip.on('data', take);
  gunzip.on('error', (error) => failWith(error.message));
  // It passes over zeros behind a member, so that not all may have been read.
  gunzip.on('end', () => (gunzip.bytesWritten === received ? end() : failWith('something follows it')));
  payload.on('data', count).on('end', endOfPayload).pipe(gunzip);
  return () => {
    payload.off('data', count).off('end', endOfPayload).unpipe(gunzip);
    gunzip.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error');
    gunzip.on('error', () => undefined).destroy();
  };
}
