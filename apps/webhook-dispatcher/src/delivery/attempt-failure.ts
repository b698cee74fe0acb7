import type { AttemptFailure } from '#libs/dispatching';
import { RefusedTargetError } from './refused-target-error.js';

/** Of all that can go wrong on the way, what operators and subscribers tell apart. */
const REASONS: Readonly<Record<string, AttemptFailure>> = {
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
  // The connection went with the answer before, which we broke off.
  AttemptEnded: 'connection-reset',
  AnswerTooLongError: 'invalid-answer',
  TooManyInterimAnswersError: 'invalid-answer',
  UnexpectedUpgradeError: 'unexpected-upgrade',
  // What undici's parser does not expect of an answer, it asserts.
  ERR_ASSERTION: 'invalid-answer',
};

const TLS_CODE = /^ERR_TLS|^ERR_SSL|CERT|^UNABLE_TO_|SIGNED/;
const INVALID_ANSWER_CODE = /^HTTPParserError$|^HPE_|^UND_ERR_HEADERS_OVERFLOW|^UND_ERR_RES/;

/** Why a request got no answer, in kebab-case. */
export function failureReason(error: unknown): AttemptFailure {
  if (error instanceof RefusedTargetError) return error.reason;
  for (const { code } of causesOf(error)) {
    const known = REASONS[code];
    if (known) return known;
    if (TLS_CODE.test(code)) return 'tls';
    if (INVALID_ANSWER_CODE.test(code)) return 'invalid-answer';
  }
  return 'connection-failed';
}

const MOST_CAUSES = 8;

/** The code, else the name, of an error, of those behind it, and of those that it sums up (one per address tried). */
function* causesOf(error: unknown, depth = 0): Generator<{ code: string }> {
  // Causes may go round in a circle.
  if (typeof error !== 'object' || error === null || depth > MOST_CAUSES) return;
  const { code, name, cause, errors } = error as Record<string, unknown>;
  if (typeof code === 'string') yield { code };
  else if (typeof name === 'string') yield { code: name };
  if (Array.isArray(errors)) for (const each of errors) yield* causesOf(each, depth + 1);
  yield* causesOf(cause, depth + 1);
}
