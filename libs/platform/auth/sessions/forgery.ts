import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from '../../http/problem.js';

export const CSRF_HEADER = 'X-CSRF-Token';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What browsers say of requests that their own user, or a page of ours, has caused. */
const OWN_SITES: ReadonlySet<unknown> = new Set([undefined, 'same-origin', 'none']);

/** Follows from the session's token, so that nothing more is stored. Tells nothing of it. */
export const csrfTokenOf = (sessionToken: string): string =>
  createHmac('sha256', sessionToken).update('csrf').digest('base64url');

/**
 * Refuses what a page of another origin may have had the user's browser send.
 * @param publicUrl where clients reach the API, if it is set
 * @throws ProblemException (`csrf-failed`)
 */
export function requireOwnOrigin(
  { headers }: Pick<FastifyRequest, 'headers'>,
  publicUrl: string | undefined,
): void {
  const { origin, host } = headers;
  if (!OWN_SITES.has(headers['sec-fetch-site']) || (origin !== undefined && !isOwn(origin, host, publicUrl)))
    throw new ProblemException('csrf-failed', 'The request comes from a page of another origin.');
}

/** A page that came over http may have been made by anybody on the way, so it is foreign to one that came over https. */
function isOwn(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (own?.origin === origin) return true;
  return own?.protocol !== 'https:' && new URL(origin).host === host?.toLowerCase();
}

/**
 * Checks a request that a cookie vouches for: whoever changes something must know the session's CSRF token too.
 * @throws ProblemException (`csrf-failed`)
 */
export function requireCsrfToken(
  request: Pick<FastifyRequest, 'method' | 'headers'>,
  sessionToken: string,
  publicUrl: string | undefined,
): void {
  if (SAFE_METHODS.has(request.method)) return;
  requireOwnOrigin(request, publicUrl);
  const given = Buffer.from(String(request.headers[CSRF_HEADER.toLowerCase()] ?? ''));
  const expected = Buffer.from(csrfTokenOf(sessionToken));
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new ProblemException(
    'csrf-failed',
    `Send the csrfToken of GET /v1/session in the header ${CSRF_HEADER}.`,
  );
}
