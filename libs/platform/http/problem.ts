import { type ProblemCode, PROBLEMS } from './problem-codes.js';
import type { ShareRefusal } from '#libs/kernel';

export interface FieldError {
  /** JSON pointer into the body, or `/name` for a parameter. */
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  /** What is wrong with a credential, as in RFC 6750; the detail then has no quotes and no backslashes. */
  readonly challenge?: 'invalid_token';
  readonly cause?: unknown;
}

/** Bounds the path, which a batch answer repeats in each of a thousand results. */
const MAX_INSTANCE = 200;

/**
 * An answer in the error format of RFC 9457, whose code determines the status. It has no stack trace: these are expected,
 * frequent, and a stack trace would take most of the time.
 */
export class ProblemException extends Error {
  override readonly name = 'ProblemException';
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly challenge: string | undefined;

  constructor(
    readonly code: ProblemCode,
    detail: string,
    { errors, retryAfterSeconds, challenge, cause }: ProblemOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(detail, { cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.status = PROBLEMS[code].status;
    this.errors = errors;
    this.challenge = challenge;
    // A 503 always says when to retry.
    this.retryAfterSeconds = retryAfterSeconds ?? (this.status === 503 ? 1 : undefined);
  }

  toBody(instance: string): Record<string, unknown> {
    return {
      type: `/problems/${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      detail: this.message,
      instance: instance.slice(0, MAX_INSTANCE),
      code: this.code,
      ...(this.errors && { errors: this.errors }),
    };
  }
}

/** The problem of an id of which the tenant has nothing. */
export const notFoundProblem = (
  { notFound: { code, noun } }: { readonly notFound: { readonly code: ProblemCode; readonly noun: string } },
  id: string,
): ProblemException => new ProblemException(code, `There is no ${noun} ${id}.`);

const RETRY_AFTER_SECONDS = 1;

/**
 * The problem of a request for which a shared resource has no room: the tenant has used up its share (`429`), or all
 * tenants together have used up the resource (`503`).
 * @param what the resource, in the plural, such as "event streams"
 */
export function shareProblem(
  refusal: ShareRefusal,
  what: string,
  retryAfterSeconds = RETRY_AFTER_SECONDS,
): ProblemException {
  return refusal === 'tenant'
    ? new ProblemException(
        'tenant-share-exceeded',
        `Your tenant has used up its share of ${what}. Nothing was changed: retry, with fewer at once.`,
        { retryAfterSeconds },
      )
    : new ProblemException('unavailable', `There are too many ${what}.`, { retryAfterSeconds });
}
