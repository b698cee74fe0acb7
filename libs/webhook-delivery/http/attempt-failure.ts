import type { AttemptFailure } from '../core/ports.js';
import { RefusedTargetError } from './target-connector.js';

/** Maps error codes and names to the reasons that operators and subscribers distinguish. */
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
  // The connection was closed along with the previous answer, which the client broke off.
  AttemptEnded: 'connection-reset',
  AnswerTooLongError: 'invalid-answer',
  TooManyInterimAnswersError: 'invalid-answer',
  UnexpectedUpgradeError: 'unexpected-upgrade',
  // Undici's parser asserts what it expects of an answer.
  ERR_ASSERTION: 'invalid-answer',
};

const TLS_CODE = /^ERR_TLS|^ERR_SSL|CERT|^UNABLE_TO_|SIGNED/;
const INVALID_ANSWER_CODE = /^HTTPParserError$|^HPE_|^UND_ERR_HEADERS_OVERFLOW|^UND_ERR_RES/;

/** Returns the reason why a request got no answer. */
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

/** Yields the code, else the name, of an error, of its aggregated errors (one per address tried) and of its causes. */
function* causesOf(error: unknown, depth = 0): Generator<{ code: string }> {
  // Causes may form a cycle.
  if (typeof error !== 'object' || error === null || depth > MOST_CAUSES) return;
  const { code, name, cause, errors } = error as Record<string, unknown>;
  if (typeof code === 'string') yield { code };
  else if (typeof name === 'string') yield { code: name };
  if (Array.isArray(errors)) for (const each of errors) yield* causesOf(each, depth + 1);
  yield* causesOf(cause, depth + 1);
}
