import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

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
const PATH = '/v1/session/oidc';
/** Time to log in at the issuer. */
const MAX_AGE_SECONDS = 600;
/** As the three are made: URL-safe, and no longer than RFC 7636 allows a verifier to be. */
const PART = '[\\w.~-]{16,128}';
const COOKIE = new RegExp(`(?:^|;\\s*)${NAME}=(${PART}):(${PART}):(${PART})(?=\\s*(?:;|$))`);

export function logInStateOf({ cookie = '' }: IncomingHttpHeaders): LogInState | undefined {
  const [, state, nonce, verifier] = COOKIE.exec(cookie) ?? [];
  return state && nonce && verifier ? { state, nonce, verifier } : undefined;
}

/** Lax, because the browser comes back from the issuer's site. Only the routes of this log-in get it. */
const line = (value: string, maxAge: number, isSecure: boolean): string =>
  `${NAME}=${value}; Path=${PATH}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;

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
