import { Injectable } from '@nestjs/common';
import { SharedQuestion } from '#libs/kernel';

/** Why a part is not ready, as callers without an API key see it: it did not answer in time, or it failed. */
export type ReadinessCode = 'no-answer' | 'failed';

/**
 * Throws, or rejects, when the thing is not well; the message is shown to holders of an API key, and logged. What it gives
 * back are notices: the process is ready, and a person should know.
 */
export type ReadinessCheck = () => Promise<Notices | void> | Notices | void;

export type Notices = readonly string[];

/** A check that hangs is a check that failed. */
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

/** Where each part of an app says what it needs in order to be ready. */
@Injectable()
export class Readiness {
  readonly checks = new Map<string, ReadinessCheck>();

  /** Strangers may ask as often as they like: one look at a time serves all who ask. */
  add(name: string, check: ReadinessCheck): void {
    const look = new SharedQuestion(() => withCheckTimeout(async () => check()));
    this.checks.set(name, () => look.answer());
  }
}
