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

/** An answer in the error format of RFC 9457. The code decides the status. */
export class ProblemException extends Error {
  override readonly name = 'ProblemException';
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor({ code, detail, errors, retryAfterSeconds, cause }: ProblemOptions) {
    super(detail, { cause });
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.errors = errors;
    // 503 without a time to come back would leave clients guessing.
    this.retryAfterSeconds = retryAfterSeconds ?? (this.status === 503 ? 1 : undefined);
  }

  toBody(instance: string): Record<string, unknown> {
    return {
      type: `/problems/${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      detail: this.message,
      instance,
      code: this.code,
      ...(this.errors && { errors: this.errors }),
    };
  }
}
