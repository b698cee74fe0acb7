import { Injectable } from '@nestjs/common';
import { SharedQuestion } from '#libs/kernel';

/** Why a part is not ready, for callers without an API key. */
export type ReadinessCode = 'no-answer' | 'failed';

/**
 * Throws or rejects if the part is not ready; the message is logged, and shown to callers with an API key. Returns notices
 * for an operator, which do not make the process unready.
 */
export type ReadinessCheck = () => Promise<Notices | void> | Notices | void;

export type Notices = readonly string[];

const CHECK_TIMEOUT_MS = 2_000;

export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  constructor() {
    super(`no answer within ${CHECK_TIMEOUT_MS} ms`);
  }
}

/** @throws NoAnswerError after two seconds */
export async function withCheckTimeout<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError()), CHECK_TIMEOUT_MS).unref();
  });
  return Promise.race([work(), timeout]).finally(() => clearTimeout(timer));
}

/** The readiness checks of an app's parts, by name. */
@Injectable()
export class Readiness {
  readonly checks = new Map<string, ReadinessCheck>();

  /** Anyone may ask at any rate, so concurrent callers share one check. */
  add(name: string, check: ReadinessCheck): void {
    const look = new SharedQuestion(() => withCheckTimeout(async () => check()));
    this.checks.set(name, () => look.answer());
  }
}
