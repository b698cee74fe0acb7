import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.js';
import { mayHaveBody } from './unread-body.js';

/** Memory of zlib for one body: window, state and output block. */
export const GUNZIP_BYTES = 65_536;
/** gzip makes incompressible bodies larger by less than this factor. */
const ZIPPED_GROWTH = 1.01;
const ZIPPED_FRAME_BYTES = 1_024;

/** `undefined` for unsupported encodings, including gzip within gzip, which only attackers use. */
function encodingOf({ 'content-encoding': given = '' }: IncomingHttpHeaders): 'none' | 'gzip' | undefined {
  const codings = given
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return 'none';
  return codings.length === 1 && /^(?:x-)?gzip$/.test(codings[0] as string) ? 'gzip' : undefined;
}

export const isGzipped = (headers: IncomingHttpHeaders): boolean => encodingOf(headers) === 'gzip';

/** Refuses unsupported encodings before the body is read, and names the supported ones (RFC 7694). */
export function refuseOtherEncodings(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (!mayHaveBody(request.headers) || encodingOf(request.headers)) return done(null, payload);
    void reply.header('accept-encoding', 'gzip, identity');
    done(
      new ProblemException(
        'unsupported-content-encoding',
        'Send the body unencoded, or with Content-Encoding: gzip, applied once.',
      ),
    );
  });
}

/** Most compressed bytes of a body of this size. Without a limit, empty gzip members could follow endlessly. */
export const gzippedLimit = (bytes: number): number => Math.ceil(bytes * ZIPPED_GROWTH) + ZIPPED_FRAME_BYTES;

export interface GunzipSink {
  readonly take: (bytes: Buffer) => void;
  readonly end: () => void;
  readonly fail: (problem: ProblemException) => void;
}

/**
 * Decompresses a body as it arrives. Several gzip members form one body (RFC 1952); anything else after the first member is
 * an error.
 * @returns a function that stops it
 */
export function gunzipStream(payload: Readable, { take, end, fail }: GunzipSink): () => void {
  const gunzip = createGunzip();
  let received = 0;
  const failWith = (why: string) =>
    fail(new ProblemException('malformed-request', `The body is not valid gzip: ${why}.`));
  const count = (chunk: Buffer) => {
    received += chunk.length;
  };
  // An empty body is empty, whatever its encoding.
  const endOfPayload = () => {
    if (received === 0) end();
  };
  gunzip.on('data', take);
  gunzip.on('error', (error) => failWith(error.message));
  // zlib ignores zeros after a member, so some input may be unread.
  gunzip.on('end', () => (gunzip.bytesWritten === received ? end() : failWith('other data follows it')));
  payload.on('data', count).on('end', endOfPayload).pipe(gunzip);
  return () => {
    payload.off('data', count).off('end', endOfPayload).unpipe(gunzip);
    gunzip.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error');
    gunzip.on('error', () => undefined).destroy();
  };
}
