import { isNativeError } from 'node:util/types';
import { redactSecrets } from './redact-secrets.js';

/** An error as the log shows it. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: LoggedError;
  /** Of an error that stands for several. */
  readonly errors?: readonly LoggedError[];
}

/** Causes of causes, and errors of errors: a chain may be a ring. */
const MAX_DEPTH = 5;
const MAX_ERRORS = 5;

/**
 * The whole error, with its stack and what caused it, but none of the other members that libraries hang onto theirs:
 * they hold requests, headers and addresses. What looks like a secret in the texts is left out.
 */
export function loggedError(thrown: unknown, depth = MAX_DEPTH): LoggedError {
  if (!isError(thrown)) return { type: typeof thrown, message: redactSecrets(textOf(thrown)) };
  const { code, errors } = thrown as { code?: unknown; errors?: unknown };
  const deeper = depth > 0;
  return {
    type: thrown.name,
    message: redactSecrets(thrown.message),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(thrown.stack !== undefined && { stack: redactSecrets(thrown.stack) }),
    ...(deeper && thrown.cause !== undefined && { cause: loggedError(thrown.cause, depth - 1) }),
    ...(deeper &&
      Array.isArray(errors) && {
        errors: errors.slice(0, MAX_ERRORS).map((each: unknown) => loggedError(each, depth - 1)),
      }),
  };
}

const isError = (thrown: unknown): thrown is Error => thrown instanceof Error || isNativeError(thrown);

/** Of an object the names of its members alone: any of them may hold a secret. */
const textOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null
    ? `an object with ${Object.keys(thrown).slice(0, 20).join(', ') || 'nothing'} in it`
    : String(thrown);
