import { isNativeError } from 'node:util/types';
import { redactSecrets } from './redact-secrets.js';

/** An error as the log shows it. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: LoggedError;
  /** The errors of an aggregate error. */
  readonly errors?: readonly LoggedError[];
}

/** Bounds chains of causes, which may be cyclic. */
const MAX_DEPTH = 5;
const MAX_ERRORS = 5;

/**
 * The error with its stack and causes, but without other members, in which libraries keep requests, headers and addresses.
 * Texts that look like secrets are redacted.
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

/** An object is described by its member names alone, because any value may be a secret. */
const textOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null
    ? `an object with ${Object.keys(thrown).slice(0, 20).join(', ') || 'nothing'} in it`
    : String(thrown);
