import { RefusedTargetError } from './refused-target-error.js';

/** Of all that can go wrong on the way, what operators and subscribers tell apart. */
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  UND_ERR_INVALID_ARG: 'invalid-request',
};

const TLS_CODE = /^ERR_TLS|^ERR_SSL|CERT|^UNABLE_TO_|SIGNED/;
const INVALID_ANSWER_CODE = /^HTTPParserError$|^HPE_|^UND_ERR_HEADERS_OVERFLOW|^UND_ERR_RESPONSE/;

/** Why a request got no answer, in kebab-case. */
export function failureReason(error: unknown): string {
  if (error instanceof RefusedTargetError) return error.reason;
  for (const { code } of causesOf(error)) {
    const known = REASONS[code];
    if (known) return known;
    if (TLS_CODE.test(code)) return 'tls';
    if (INVALID_ANSWER_CODE.test(code)) return 'invalid-answer';
  }
  return 'connection-failed';
}

/** The code, else the name, of an error, of those behind it, and of those that it sums up (one per address tried). */
function* causesOf(error: unknown): Generator<{ code: string }> {
  if (typeof error !== 'object' || error === null) return;
  const { code, name, cause, errors } = error as Record<string, unknown>;
  if (typeof code === 'string') yield { code };
  else if (typeof name === 'string') yield { code: name };
  if (Array.isArray(errors)) for (const each of errors) yield* causesOf(each);
  yield* causesOf(cause);
}
