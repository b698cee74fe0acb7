import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { HOST_PREFIX } from '#libs/platform';

/** The secrets of one log-in. Only the browser that began it holds them. */
export interface LogInState {
  /** Comes back from the issuer: an answer to somebody else's log-in has another one. */
  readonly state: string;
  /** In the ID token: one of another log-in has another one. */
  readonly nonce: string;
  /** Proves to the issuer that the code is redeemed by whoever asked for it (PKCE). */
  readonly verifier: string;
}

const NAME = 'orderstream_log_in';
/** Time to log in at the issuer. */
const MAX_AGE_SECONDS = 600;
/** As the three are made: URL-safe, and no longer than RFC 7636 allows a verifier to be. */
const PART = '[\\w.~-]{16,128}';
const cookieOf = (name: string): RegExp =>
  new RegExp(`(?:^|;\\s*)${name}=(${PART}):(${PART}):(${PART})(?=\\s*(?:;|$))`);

/**
 * With https, it has the prefix of a cookie that only this host can set: from another subdomain, somebody could otherwise
 * have a browser finish a log-in that is theirs.
 */
const nameOf = (isSecure: boolean): string => (isSecure ? `${HOST_PREFIX}${NAME}` : NAME);
const PATTERNS = { plain: cookieOf(nameOf(false)), secure: cookieOf(nameOf(true)) };

/** @param isSecure whether browsers reach this server over https */
export function logInStateOf(
  { cookie = '' }: IncomingHttpHeaders,
  isSecure: boolean,
): LogInState | undefined {
  const pattern = isSecure ? PATTERNS.secure : PATTERNS.plain;
  const [, state, nonce, verifier] = pattern.exec(cookie) ?? [];
  return state && nonce && verifier ? { state, nonce, verifier } : undefined;
}

/** Lax, because the browser comes back from the issuer's site. */
const line = (value: string, maxAge: number, isSecure: boolean): string =>
  `${nameOf(isSecure)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;

export const logInCookie = ({ state, nonce, verifier }: LogInState, isSecure: boolean): string =>
  line(`${state}:${nonce}:${verifier}`, MAX_AGE_SECONDS, isSecure);

export const noLogInCookie = (isSecure: boolean): string => line('', 0, isSecure);

const MAX_LENGTH = 8_192;

/** The issuer's answer. Issuers may add parameters of their own. */
export const callbackSchema = z.looseObject({
  state: z.string().max(MAX_LENGTH).optional(),
  code: z.string().max(MAX_LENGTH).optional(),
  error: z.string().max(MAX_LENGTH).optional(),
});
