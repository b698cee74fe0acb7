import { PROBLEMS, type ProblemCode } from './problem-codes.js';

export interface FieldError {
  /** JSON pointer into the body, or `/name` for a parameter. */
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemOptions {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
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
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor({ code, detail, errors, retryAfterSeconds, cause }: ProblemOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(detail, { cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.errors = errors;
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
